import RedlockCore
import RedlockNode
import Testing

@testable import RedlockCLI

@Suite("What is printed")
struct OutputTests {
    @Test(
        "names are shown as they are, unless something in them could deceive",
        arguments: [
            ("orders/42", "orders/42"), ("Ünïcödé/锁/🔒", "Ünïcödé/锁/🔒"), ("a b", "\"a b\""), ("", "\"\""), ("a\nb", "a\\nb"),
            ("\u{1B}[2J", "\\u{1B}[2J"), ("a\u{202E}b", "a\\u{202E}b"), ("say \"x\"", "\"say \\\"x\\\"\""), ("a\\n", "a\\\\n"),
            ("\u{7F}\0", "\\u{7F}\\u{0}"),
            ("a\u{2028}b\u{00A0}c", "a\\u{2028}b\\u{A0}c"),
        ])
    func names(name: String, shown: String) {
        #expect(Escaping.name(name) == shown)
    }

    @Test("tokens are recognisable and no more")
    func tokens() {
        #expect(Escaping.token(Array("0123456789abcdef".utf8)) == "01234567…")
        #expect(Escaping.token(Array("abcd".utf8)) == "ab…")
        #expect(Escaping.token(Array("x".utf8)) == "…")
        #expect(Escaping.token([]) == "empty")
        #expect(Escaping.token([0, 1, 0xFF, 0x1B, 5, 6, 7, 8]) == "0x0001ff1b…")
        #expect(Escaping.token(Array("\u{1B}]0;evil title\u{7}".utf8)).hasPrefix("0x"))
    }

    @Test(
        "of a lock's value the token is shown in part, and the name beside it in full, unless it could deceive",
        arguments: [
            (" web-3:4711", "web-3:4711", "3fa94c01… (web-3:4711)"), (" two words", "\"two words\"", "3fa94c01… (\"two words\")"),
            ("", "3fa94c01…", "3fa94c01…"),
            (" \u{1B}[2J\n", "\\u{1B}[2J\\n", "3fa94c01… (\\u{1B}[2J\\n)"), ("\u{1B}[2J", "0x33666139…", "0x33666139…"),
            (" \u{1B}" + String(repeating: "x", count: 128), "0x33666139…", "0x33666139…"),
        ])
    func holders(behind: String, short: String, long: String) {
        let value = Array("3fa94c01d2e84b7c9a5501f2e3d4c5b6\(behind)".utf8)
        #expect(Escaping.holder(value) == short)
        #expect(Escaping.holderInFull(value) == long)
    }

    @Test(
        "spans of time are short",
        arguments: [
            (0, "0ms"), (999, "999ms"), (1000, "1s"), (1099, "1s"), (8149, "8.1s"), (59_999, "59.9s"), (60_000, "1m"), (125_000, "2m 5s"),
            (3_600_000, "1h"), (11_520_000, "3h 12m"), (1_047_600_000, "12d 3h"),
        ])
    func durations(milliseconds: Int64, shown: String) {
        #expect(DurationText.short(milliseconds: milliseconds) == shown)
    }

    @Test(
        "round trips have three digits",
        arguments: [(0, "0.00 ms"), (219, "0.21 ms"), (9_999, "9.99 ms"), (12_345, "12.3 ms"), (340_000, "340 ms")])
    func roundTrips(microseconds: Int64, shown: String) {
        #expect(DurationText.roundTrip(microseconds: microseconds) == shown)
    }

    @Test("no line of a table is wider than it may be", arguments: [40, 60, 80, 200])
    func tableWidth(width: Int) {
        var table = Table("NODE", "HOLDER", "TTL")
        table.append(.cells(["rediss://a-rather-long-name.of-a-node.example.com:16379/11", "01234567…", "12d 3h"]))
        table.append(.note("redis://b", String(repeating: "why it is so ", count: 12) + String(repeating: "x", count: 150)))
        let lines = table.lines(width: width)
        #expect(lines.allSatisfy { $0.count <= width })
        #expect(lines.allSatisfy { $0.last != " " })
    }

    private static let nodes = (1...5).map { "redis://127.0.0.1:710\($0)" }

    @Test("keys that are no text are told apart, and lose nothing")
    func binaryKeys() {
        #expect(Escaping.text(Array("orders/锁".utf8)) == "orders/锁")
        #expect(Escaping.text([0x62, 0x69, 0x6E, 0xFF, 0x00]) == "0x62696eff00")
        #expect(WatchKey(bytes: Array("l:".utf8) + [0xFE]).resource(prefix: "l:") == "0xfe")
    }

    @Test(
        "text takes as many columns as a terminal gives it",
        arguments: [
            ("abc", 3), ("", 0), ("é", 1), ("e\u{301}", 1), ("锁", 2), ("ﾛｯｸ", 3), ("ロック", 6), ("한", 2), ("\u{1112}\u{1161}\u{11AB}", 2),
            ("🔒", 2), ("…", 1), ("✓", 1), ("⚡", 2), ("ж", 1), ("︙", 2),
        ])
    func columns(text: String, columns: Int) {
        #expect(text.columns == columns)
    }

    @Test("columns stay aligned beside wide characters, and are cut between them")
    func wide() {
        var table = Table("NODE", "STATE")
        for name in ["锁锁锁", "🔒🔒", "plain", "a very long name"] { table.append(.cells([name, "x"])) }
        // Two of a margin, sixteen of the longest name and two of a gap: all of them end in the same column.
        #expect(table.lines(width: 40).dropFirst().allSatisfy { $0.columns == 21 && $0.last == "x" })
        #expect(Table.shortened("锁锁锁锁", to: 6) == "锁…锁")
        #expect(Table.shortened("锁锁锁锁", to: 8) == "锁锁锁锁")
        #expect(Table.wrapped("锁锁锁 🔒🔒", width: 5) == ["锁锁", "锁", "🔒🔒"])
        #expect(Table.wrapped("锁锁", width: 1) == ["锁", "锁"])
    }

    private func report(_ readings: [LockReading]) -> InspectReport {
        InspectReport(resource: "orders/42", key: LockKey("orders/42"), nodes: Self.nodes, readings: readings)
    }

    private static func held(_ token: String, _ ttl: Int64) -> LockReading {
        LockReading(.held(token: Array(token.utf8), ttl: .milliseconds(ttl)), fencing: 1_763_711_111_000_123)
    }

    @Test("inspect prints what the fixtures say")
    func inspect() throws {
        let one = "3fa94c01d2e84b7c9a5501f2e3d4c5b6"
        let other = "07d2c6aa10934f5b8e22b1a09f8e7d6c"
        let held = report([
            Self.held(one, 8123), Self.held(one, 8120), Self.held(one, 8122), LockReading(.free),
            LockReading(.unreachable("did not finish connecting within 1 s; it accepts connections and does not answer")),
        ])
        let split = report([
            Self.held(one, 812), Self.held(other, 1850), Self.held(one, 813), LockReading(.wrongType("hash")),
            LockReading(.held(token: [0xFF, 0, 1, 2, 3, 4, 5, 6, 7, 8], ttl: nil)),
        ])
        var young = LockReading(.free)
        young.quarantine = .milliseconds(58_300)
        let quarantined = report([
            Self.held(one, 8123), young, young, LockReading(.unfit("is a replica: it would lose or repeat its master's votes")),
            LockReading(.free, fencing: 17),
        ])
        let named = report([
            Self.held("\(one) nightly@web-3:4711", 8123), Self.held("\(one) nightly@web-3:4711", 8120), LockReading(.free),
            Self.held("\(one) nightly@web-3:4711", 8122), Self.held("\(other) two \u{1B}[31m words", 30),
        ])
        func waiting(_ reading: LockReading, _ count: Int, _ members: String...) -> LockReading {
            var reading = reading
            reading.waiting = .init(count: count, some: members.map { Array($0.utf8) })
            return reading
        }
        let ids = (0..<3).map { String(repeating: "\($0)", count: 32) }
        let (first, second, third) = ("\(ids[0]) nightly@web-1:7", "\(ids[1]) nightly@web-1:7", "\(ids[2]) two \u{1B}[31m words")
        let waited = report([
            waiting(Self.held("\(one) nightly@web-3:4711", 8123), 2, first, second), waiting(Self.held(one, 8120), 2, second, third),
            waiting(LockReading(.free), 0), Self.held("\(one) nightly@web-3:4711", 8122), Self.held("\(one) nightly@web-3:4711", 8122),
        ])
        let strangers = report([
            Self.held("\(one) nightly@web-3:4711", 8123), Self.held("\(one) nightly@web-3:4711", 8120), LockReading(.free),
            LockReading(.free), Self.held("\(other) two \u{1B}[31m words", 30),
        ])
        let names = [
            ("held", held), ("split", split), ("quarantined", quarantined), ("named", named), ("strangers", strangers), ("waited", waited),
        ]
        #expect(try Golden.text("inspect-40-columns.txt", is: names.flatMap { $0.1.lines(width: 40) }) == nil)
        for (name, report) in names {
            #expect(report.lines(width: 40).allSatisfy { $0.columns <= 40 }, "\(report.lines(width: 40))")
            #expect(try Golden.text("inspect-\(name).txt", is: report.lines(width: 80)) == nil)
            #expect(try Golden.text("inspect-\(name).json", is: JSONText.lines([report.object])) == nil)
        }
    }

    @Test("release prints what the fixtures say")
    func release() throws {
        let token = Array("3fa94c01d2e84b7c9a5501f2e3d4c5b6".utf8)
        let named = token + Array(" nightly@web-3:4711".utf8)
        let before = (0..<3).map { LockReading(.held(token: $0 < 2 ? named : token, ttl: .milliseconds(8123)), fencing: 41) }
        let forced = ReleaseReport(
            resource: "orders/42", key: LockKey("orders/42"), nodes: Self.nodes,
            before: before + [LockReading(.free), LockReading(.unreachable("refused the connection"))],
            outcomes: [.released, .released, .released, .free, .unreachable("refused the connection")], fence: 42)
        let other = ReleaseReport(
            resource: "orders/42", key: LockKey("orders/42"), nodes: Self.nodes, before: [],
            outcomes: [.held(token: named), .held(token: named), .wrongType("hash"), .unfit("is a Sentinel"), .free], fence: nil)
        for (name, report) in [("forced", forced), ("refused", other)] {
            #expect(try Golden.text("release-\(name).txt", is: report.lines(width: 80)) == nil)
            #expect(report.lines(width: 40).allSatisfy { $0.columns <= 40 }, "\(report.lines(width: 40))")
            #expect(try Golden.text("release-\(name).json", is: JSONText.lines([report.object])) == nil)
        }
    }

    @Test("status prints what the fixtures say")
    func status() throws {
        let healthy = NodeHealth(
            roundTripMicroseconds: 218, flavour: "valkey", version: "8.1.3", role: "master", mode: "standalone", uptime: .seconds(1_047_600)
        )
        var fresh = healthy
        (fresh.uptime, fresh.quarantine) = (.seconds(3), .milliseconds(58_300))
        var replica = healthy
        (replica.flavour, replica.version, replica.role) = ("redis", "7.0.15", "slave")
        replica.refusal = "is a replica: it would lose or repeat its master's votes; give the library the masters only"
        let report = StatusReport(
            nodes: Self.nodes,
            health: [
                .success(healthy), .success(fresh), .success(replica), .failure(NodeFault(.notConnected, "refused the connection")),
                .failure(NodeFault(errorReply: "NOAUTH Authentication required.")),
            ])
        #expect(!report.hasQuorum)
        #expect(try Golden.text("status.txt", is: report.lines(width: 80)) == nil)
        #expect(try Golden.text("status.json", is: JSONText.lines(report.objects)) == nil)
        #expect(report.lines(width: 80).allSatisfy { $0.columns <= 80 })
        #expect(try Golden.text("status-40-columns.txt", is: report.lines(width: 40)) == nil)
    }
}
