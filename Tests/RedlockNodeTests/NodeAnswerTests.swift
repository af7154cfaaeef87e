import RedlockCore
import Testing

@testable import RedlockNode

/// Reply → vote, by the tables in Fixtures/replies.
@Suite("NodeAnswer", .timeLimit(.minutes(1)))
struct NodeAnswerTests {
    private static func rows() throws -> [FixtureFile.Row] {
        try ["votes.txt", "failures.txt", "nonsense.txt"].flatMap { try FixtureFile("replies/\($0)", columns: 3).rows }
    }

    private static let kinds: [String: NodeTicket.Kind] = [
        "acquire": .acquire, "fenced acquire": .fencedAcquire, "raise": .raise, "extend": .extend, "release": .release,
    ]

    /// An answer in the words of the tables: what it is, and after a colon what it complained of.
    private static func words(_ answer: NodeAnswer, _ fault: NodeFault?) -> String {
        let content =
            switch answer.content {
            case .vote(.granted(let fence)): fence == 0 ? "granted" : "granted \(fence)"
            case .vote(.refused): "refused"
            case .vote(.failed): "failed"
            case .vote(.unknown): "unknown"
            case .released: "released"
            case .notReleased: "not released"
            case .releaseLost: "release lost"
            case .missingScript: "missing script"
            case .noticed: "noticed"
            }
        return content + (fault.map { ": \($0.detail)" } ?? "")
    }

    @Test("each reply is read as the tables say", arguments: try rows())
    func table(row: FixtureFile.Row) throws {
        let kinds =
            row.columns[0] == "any" ? Array(Self.kinds.values) : row.columns[0].split(separator: ",").compactMap { Self.kinds["\($0)"] }
        try #require(!kinds.isEmpty, "no request is called \(row.columns[0])")
        let tape = try #require(try Replies.tape(FixtureFile.unescaped(row.columns[1])), "not a whole reply")
        for kind in kinds {
            let ticket = NodeTicket(kind, slot: 7, round: 9)
            var fault: NodeFault?
            let answer = NodeAnswer(ticket, reply: tape, fault: &fault)
            // The tables speak of votes; a release that did not succeed is called by its own name.
            let expected =
                kind == .release && row.columns[2].hasPrefix("failed") ? "not released" + row.columns[2].dropFirst(6) : row.columns[2]
            #expect(Self.words(answer, fault) == expected, "\(kind)")
            #expect(answer.ticket == ticket)
        }
    }

    @Test("whatever is answered to a notice, it is no vote and no complaint", arguments: try rows())
    func notice(row: FixtureFile.Row) throws {
        let tape = try #require(try Replies.tape(FixtureFile.unescaped(row.columns[1])), "not a whole reply")
        var fault: NodeFault?
        let answer = NodeAnswer(NodeTicket(.notice, slot: 7, round: 9), reply: tape, fault: &fault)
        #expect(Self.words(answer, fault) == "noticed")
        #expect(Self.words(.lost(NodeTicket(.notice, slot: 7, round: 9)), nil) == "noticed")
    }

    @Test("a reply that reads well leaves an earlier complaint alone")
    func faultIsKept() throws {
        let earlier = NodeFault(.notServing, "earlier")
        var fault: NodeFault? = earlier
        _ = NodeAnswer(NodeTicket(.acquire, slot: 0, round: 0), reply: try #require(try Replies.tape("+OK\r\n")), fault: &fault)
        #expect(fault == earlier)
    }

    @Test("without any reply nothing is granted")
    func emptyTape() {
        var fault: NodeFault?
        for kind in Self.kinds.values {
            let answer = NodeAnswer(NodeTicket(kind, slot: 0, round: 0), reply: ReplyTape(), fault: &fault)
            #expect(Self.words(answer, fault) == (kind == .release ? "not released" : "failed"))
        }
    }

    @Test("what was under way on a lost connection is unknown, and a release is owed still")
    func lost() {
        for kind in Self.kinds.values {
            let answer = NodeAnswer.lost(NodeTicket(kind, slot: 0, round: 0))
            #expect(Self.words(answer, nil) == (kind == .release ? "release lost" : "unknown"))
        }
    }
}
