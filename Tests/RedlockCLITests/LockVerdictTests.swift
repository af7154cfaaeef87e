import RedlockCore
import RedlockNode
import Testing

@testable import RedlockCLI

@Suite("The verdict on a lock")
struct LockVerdictTests {
    private static let a = Array("aaaaaaaaaaaaaaaa".utf8)
    private static let b = Array("bbbbbbbbbbbbbbbb".utf8)

    private static func reading(_ letter: Character, ttl: Int64 = 1000) -> LockReading {
        switch letter {
        case "a": LockReading(.held(token: a, ttl: .milliseconds(ttl)))
        case "b": LockReading(.held(token: b, ttl: .milliseconds(ttl)))
        case "h": LockReading(.wrongType("hash"))
        case "?": LockReading(.unreachable("is down"))
        case "!": LockReading(.unfit("is a replica"))
        case "q": LockReading(.free, fencing: nil, quarantine: .milliseconds(ttl))
        default: LockReading(.free)
        }
    }

    @Test(
        "is one of five",
        arguments: [
            ("-----", "free"), ("aaaaa", "held"), ("aaa--", "held"), ("aaabb", "held"), ("aaa??", "held"), ("aab--", "split"),
            ("aabb-", "split"),
            ("a----", "split"), ("hhhhh", "split"), ("hh---", "split"), ("aa---", "split"), ("?----", "free"), ("??---", "free"),
            ("???--", "unknown"),
            ("a??--", "unknown"), ("aa?--", "unknown"), ("a?---", "split"), ("?????", "unknown"), ("a", "held"), ("-", "free"),
            ("?", "unknown"),
            ("qqq--", "quarantined"), ("qq---", "free"), ("aaq--", "quarantined"), ("aq?--", "quarantined"), ("a?q--", "quarantined"),
            ("aa?q-", "unknown"), ("abqq-", "quarantined"), ("abq--", "split"), ("aaaq-", "held"), ("!!---", "free"), ("aa!--", "unknown"),
            ("aa", "held"), ("a-", "split"), ("aa--", "split"), ("aaa-", "held"), ("??--", "free"),
        ])
    func examples(nodes: String, expected: String) {
        #expect(LockVerdict(nodes.map { Self.reading($0) }).name == expected)
    }

    @Test("lasts until so many are trusted again that the rest could not complete a quorum")
    func quarantine() {
        func readings(_ ttls: [Int64]) -> [LockReading] { ttls.map { Self.reading("q", ttl: $0) } }
        #expect(LockVerdict(readings([10, 20, 30, 40, 50])) == .quarantined(nodes: 5, left: .milliseconds(30)))
        #expect(
            LockVerdict(readings([30, 10, 20]) + [Self.reading("-"), Self.reading("-")])
                == .quarantined(nodes: 3, left: .milliseconds(10)))
        #expect(
            LockVerdict(readings([30, 10]) + [Self.reading("a"), Self.reading("a"), Self.reading("-")])
                == .quarantined(nodes: 2, left: .milliseconds(30)))
    }

    /// What the silent nodes might have, all of it, says whether the verdict is certain.
    @Test("never claims more than the silent nodes leave open", arguments: 1...5)
    func exhaustive(count: Int) {
        let quorum = count / 2 + 1
        for nodes in Self.words("-abh?", count) {
            let name = LockVerdict(nodes.map { Self.reading($0) }).name
            let silent = nodes.count { $0 == "?" }
            let completions = Self.words("-abc", silent).map { filling in nodes.filter { $0 != "?" } + filling }
            let canBeHeld = completions.contains { full in "abc".contains { token in full.count { $0 == token } >= quorum } }
            let isHeld = "ab".contains { token in nodes.count { $0 == token } >= quorum }
            let isEmpty = nodes.allSatisfy { "-?".contains($0) }
            let expected = isHeld ? "held" : canBeHeld ? "unknown" : isEmpty ? "free" : "split"
            #expect(name == expected, "\(String(nodes))")
        }
    }

    private static func words(_ alphabet: String, _ length: Int) -> [[Character]] {
        (0..<length).reduce([[]]) { words, _ in words.flatMap { word in alphabet.map { word + [$0] } } }
    }

    @Test("holds for as long as the quorum-th largest ttl")
    func ttl() {
        let readings = [100, 500, 300, 400, 200].map { Self.reading("a", ttl: $0) }
        #expect(LockVerdict(readings) == .held(token: Self.a, nodes: 5, atLeast: .milliseconds(300)))
        let forever = LockReading(.held(token: Self.a, ttl: nil))
        #expect(LockVerdict([forever, forever] + readings.prefix(3)) == .held(token: Self.a, nodes: 5, atLeast: .milliseconds(500)))
        #expect(
            LockVerdict([forever, forever, forever, Self.reading("a"), Self.reading("-")]) == .held(token: Self.a, nodes: 4, atLeast: nil))
    }

    @Test("replies of a node say what it has")
    func replies() {
        #expect(LockReading(value: .null, ttl: .integer(-2), type: .status("none"), fence: .null) == LockReading(.free))
        #expect(
            LockReading(value: .bulk(Self.a), ttl: .integer(7), type: .status("string"), fence: .bulk(Array("12".utf8)))
                == LockReading(.held(token: Self.a, ttl: .milliseconds(7)), fencing: 12))
        // It expired between the two.
        #expect(LockReading(value: .bulk(Self.a), ttl: .integer(-2), type: .status("none"), fence: .null) == LockReading(.free))
        #expect(LockReading(value: .bulk([]), ttl: .integer(-1), type: .status("string"), fence: .null).state == .held(token: [], ttl: nil))
        #expect(
            LockReading(value: .error("WRONGTYPE Operation…"), ttl: .integer(9), type: .status("hash"), fence: .null).state
                == .wrongType("hash"))
        let denied = LockReading(value: .error("NOPERM no"), ttl: .integer(9), type: .status("string"), fence: .null)
        guard case .unfit(let reason) = denied.state else { return #expect(Bool(false), "a refusal is no answer") }
        #expect(reason.contains("ACL SETUSER"))
    }
}
