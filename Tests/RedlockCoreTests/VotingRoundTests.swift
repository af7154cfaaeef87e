import RedlockCore
import Testing

struct VotingRoundTests {
    private func round(of count: Int = 3, asked: NodeSet? = nil, fenced: Bool = false) -> VotingRound {
        VotingRound(id: RoundID(1), quorum: Quorum(nodes: count), asked: asked ?? .all(count), fenced: fenced)
    }

    @Test("Won at the vote that makes the quorum, before the others have answered")
    func wonAtQuorum() {
        var round = round(of: 5)
        for node in 0..<2 { round.record(.granted(), from: NodeID(node)) }
        #expect(round.outcome == .pending)
        round.record(.granted(), from: NodeID(4))
        #expect(round.outcome == .won)
        #expect(round.outstanding == nodes(2, 3))
    }

    @Test("Lost at the vote that makes a quorum impossible, before the others have answered", arguments: [Vote.refused, .failed, .unknown])
    func lostWhenImpossible(vote: Vote) {
        var round = round(of: 5)
        for node in 0..<2 { round.record(vote, from: NodeID(node)) }
        #expect(round.outcome == .pending)
        round.record(vote, from: NodeID(2))
        #expect(round.outcome == .lost)
    }

    @Test("Half of an even number of nodes is not a quorum")
    func halfIsNoQuorum() {
        var round = round(of: 4)
        for node in 0..<2 { round.record(.granted(), from: NodeID(node)) }
        #expect(round.outcome == .pending)
        round.record(.refused, from: NodeID(2))
        #expect(round.outcome == .pending)
        round.record(.refused, from: NodeID(3))
        #expect(round.outcome == .lost)
    }

    @Test("A node's first answer is final")
    func firstAnswerIsFinal() {
        for first in [Vote.granted(fence: 3), .refused, .failed, .unknown] {
            var round = round()
            round.record(first, from: NodeID(0))
            let after = round
            for second in [Vote.granted(fence: 9), .refused, .failed, .unknown] { round.record(second, from: NodeID(0)) }
            #expect(round == after, "after \(first)")
        }
    }

    @Test("A node that was not asked has no vote")
    func notAsked() {
        var round = round(of: 5, asked: nodes(0, 1, 2))
        let untouched = round
        round.record(.granted(fence: 8), from: NodeID(3))
        round.record(.granted(), from: NodeID(31))
        #expect(round == untouched)
    }

    @Test("A node to which nothing was sent leaves the round, and its later answer does not count")
    func withdraw() {
        var round = round()
        round.withdraw(nodes(0, 1))
        #expect(round.outcome == .lost)
        #expect(round.mayHold == nodes(2))
        round.record(.granted(), from: NodeID(0))
        #expect(round.granted.isEmpty)
    }

    @Test("A node that has answered cannot be taken back")
    func withdrawAfterAnswer() {
        var round = round()
        round.record(.unknown, from: NodeID(0))
        round.record(.granted(), from: NodeID(1))
        round.withdraw(nodes(0, 1))
        #expect(round.mayHold == nodes(0, 1, 2))
        #expect(round.granted == nodes(1))
    }

    @Test("The key may be wherever the request went and was not refused")
    func mayHold() {
        var round = round(of: 5)
        round.record(.granted(), from: NodeID(0))
        round.record(.refused, from: NodeID(1))
        round.record(.failed, from: NodeID(2))
        round.record(.unknown, from: NodeID(3))
        #expect(round.mayHold == nodes(0, 2, 3, 4))
    }

    @Test("At the deadline silence becomes unknown, and answers stay")
    func close() {
        var round = round()
        round.record(.granted(), from: NodeID(0))
        round.close()
        #expect(round.granted == nodes(0))
        #expect(round.unknown == nodes(1, 2))
        #expect(round.outstanding.isEmpty)
        #expect(round.outcome == .lost)
    }

    @Test("The fencing token is the largest proposal, and its holders are those who proposed it")
    func fence() {
        var round = round(of: 5, fenced: true)
        round.record(.granted(fence: 5), from: NodeID(0))
        #expect((round.fence, round.fenceHolders) == (5, nodes(0)))
        round.record(.granted(fence: 9), from: NodeID(1))
        #expect((round.fence, round.fenceHolders) == (9, nodes(1)))
        round.record(.granted(fence: 9), from: NodeID(2))
        round.record(.granted(fence: 7), from: NodeID(3))
        #expect((round.fence, round.fenceHolders) == (9, nodes(1, 2)))
        #expect(round.granted == nodes(0, 1, 2, 3))
    }

    @Test("A grant without a counter is worthless where one was asked for, but its node may hold the key")
    func grantWithoutFence() {
        var round = round(fenced: true)
        round.record(.granted(fence: 0), from: NodeID(0))
        #expect(round.granted.isEmpty)
        #expect(round.failed == nodes(0))
        #expect(round.mayHold.contains(NodeID(0)))
    }

    @Test("An outage only where the nodes that did not serve rule a quorum out by themselves")
    func outage() {
        var contended = round()
        contended.record(.refused, from: NodeID(0))
        contended.record(.failed, from: NodeID(1))
        #expect(contended.outcome == .lost)
        #expect(!contended.isOutage)

        var outage = round()
        outage.record(.unknown, from: NodeID(0))
        outage.record(.failed, from: NodeID(1))
        #expect(outage.isOutage)

        var unsent = round()
        unsent.withdraw(nodes(1, 2))
        #expect(unsent.isOutage)
    }

    @Test("Identities of rounds follow each other and start again after the last")
    func identities() {
        #expect(RoundID(0).next == RoundID(1))
        #expect(RoundID(.max).next == RoundID(0))
    }
}
