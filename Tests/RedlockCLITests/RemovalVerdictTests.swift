import RedlockCore
import Testing

@testable import RedlockCLI

@Suite("The verdict on a release")
struct RemovalVerdictTests {
    private static func outcome(_ letter: Character) -> LockRemoval.Outcome {
        switch letter {
        case "r": .released
        case "b": .held(token: Array("bbbbbbbbbbbbbbbb".utf8))
        case "h": .wrongType("hash")
        case "?": .unreachable("is down")
        case "!": .unfit("is a replica")
        default: .free
        }
    }

    @Test(
        "says released only when the nodes that answer leave nobody a quorum",
        arguments: [
            ("rrrrr", "released", "released"), ("rr---", "released", "released"), ("rrr??", "released", "released"),
            ("rr???", "unknown", "unknown"), ("r?!?-", "unknown", "unknown"), ("-----", "free", "free"), ("---??", "free", "free"),
            ("--???", "unknown", "unknown"), ("bbbbb", "not_released", "not_released"), ("b----", "not_released", "not_released"),
            // By token only one's own counts; by force nobody may be left.
            ("rbbbb", "released", "not_released"), ("rh---", "released", "not_released"), ("h----", "not_released", "not_released"),
            ("b???-", "not_released", "not_released"), ("r", "released", "released"), ("?", "unknown", "unknown"),
            ("rr??", "released", "released"), ("r???", "unknown", "unknown"),
        ])
    func verdicts(nodes: String, byToken: String, byForce: String) {
        let outcomes = nodes.map(Self.outcome)
        #expect(RemovalVerdict(outcomes, anyHolder: false).name == byToken)
        #expect(RemovalVerdict(outcomes, anyHolder: true).name == byForce)
    }

    @Test("has a status for each")
    func statuses() {
        #expect(
            ["rrr", "---", "bbb", "h--", "???"].map { RemovalVerdict($0.map(Self.outcome), anyHolder: true).status } == [0, 0, 75, 75, 69])
    }
}
