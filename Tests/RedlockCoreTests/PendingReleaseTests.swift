import RedlockCore
import Testing

struct PendingReleaseTests {
    private func pending(_ to: NodeSet, of count: Int = 5) -> PendingRelease {
        PendingRelease(token: .a, fence: 7, to: to, until: .ms(10_000), quorum: Quorum(nodes: count))
    }

    @Test("Owed to every node until it has answered, and no longer")
    func owed() {
        var release = pending(nodes(0, 2, 4))
        #expect(release.owed == nodes(0, 2, 4))
        #expect(!release.isSettled)
        for node in [0, 2] { release.answer(from: NodeID(node)) }
        #expect(release.owed == nodes(4))
        release.answer(from: NodeID(4))
        #expect(release.isSettled)
        #expect(release.answered == nodes(0, 2, 4))
    }

    @Test("An answer counts once, and only from a node that owes one")
    func strayAnswers() {
        var release = pending(nodes(0, 2, 4))
        for node in [1, 3, 0, 0, 0] { release.answer(from: NodeID(node)) }
        #expect(release.answered == nodes(0))
        #expect(release.owed == nodes(2, 4))
    }

    @Test("A node that cannot delete the key owes nothing more, and is not taken for free of it")
    func giveUp() {
        var release = pending(.all(5))
        for node in 0..<3 { release.giveUp(on: NodeID(node)) }
        for node in 0..<5 { release.answer(from: NodeID(node)) }
        #expect(release.answered == nodes(3, 4))
        #expect(release.isSettled)
        #expect(!release.isConfirmed)
    }

    @Test("Confirmed once a quorum of nodes is known to be free of the key")
    func confirmed() {
        var everywhere = pending(.all(5))
        for node in 0..<2 { everywhere.answer(from: NodeID(node)) }
        #expect(!everywhere.isConfirmed)
        everywhere.answer(from: NodeID(2))
        #expect(everywhere.isConfirmed)
        #expect(!everywhere.isSettled)
    }

    @Test("Nodes the key never reached are free from the start")
    func confirmedAtOnce() {
        #expect(pending(nodes(0, 1)).isConfirmed)
        #expect(!pending(nodes(0, 1, 2)).isConfirmed)
    }

    @Test("Half of an even number of nodes free is not enough")
    func evenNumber() {
        var release = pending(.all(4), of: 4)
        for node in 0..<2 { release.answer(from: NodeID(node)) }
        #expect(!release.isConfirmed)
        release.answer(from: NodeID(2))
        #expect(release.isConfirmed)
    }
}
