import Testing

/// Everything that is wrong with a command line is told before any node is asked.
@Suite("Wrong usage")
struct UsageTests {
    @Test(
        "exits with 64 and says what to do",
        arguments: [
            (["status"], "REDLOCK_NODES"),
            (["status", "--node", "http://a"], "write redis://"),
            (["status", "--node", "redis://a", "--node", "redis://a:6379"], "same server"),
            (["status", "--timeout", "1"], "500ms, 10s, 1.5s, 2m or 1h"),
            (["status", "--max-ttl", "0s"], "10ms to 24h"),
            (["inspect", "--node", "redis://a"], "resource"),
            (["inspect", "--node", "redis://a", ""], "no name"),
            (["inspect", "--node", "redis://a", String(repeating: "x", count: 70_000)], "65536"),
            (["inspect", "--node", "redis://a", "redlock.fence:x"], "choose another"),
            (["inspect", "--node", "redis://a", "redlock.waiting:x"], "choose another"),
            (["run", "--node", "redis://a", "x"], "after --"),
            (["run", "--node", "redis://a", "x", "ls"], "after --"),
            (["run", "--node", "redis://a", "x", "--ttl", "5s", "--grace", "4s", "--", "ls"], "--ttl 10s or more, or --grace 2s or less"),
            (["run", "--node", "redis://a", "x", "--ttl", "2m", "--", "ls"], "--max-ttl"),
            (["run", "--node", "redis://a", "x", "--try", "--wait", "1s", "--", "ls"], "leave one of them out"),
            (["run", "--node", "redis://a", "x", "--on-lost", "kill", "--grace", "1s", "--", "ls"], "leave one of them out"),
            (["run", "--node", "redis://a", "x", "--on-lost", "panic", "--", "ls"], "term"),
            (["run", "--node", "redis://a", "x", "--name", "y", "--no-name", "--", "ls"], "leave one of them out"),
            (["run", "--node", "redis://a", "x", "--name", "a\tb", "--", "ls"], "--name has a character that is not printable"),
            (["release", "--node", "redis://a", "x"], "REDLOCK_TOKEN"),
            (["release", "--node", "redis://a", "x", "--force"], "--yes"),
            (["release", "--node", "redis://a", "x", "--token", "t", "--yes"], "without --force"),
            (["release", "--node", "redis://a", "x", "--token", "t", "--force", "--yes"], "leave one of them out"),
            (["release", "--node", "redis://a", "x", "--token", "3fa94c01…"], "only the beginning"),
            (["release", "--node", "redis://a", "x", "--token", ""], "is empty"),
            (["watch", "--node", "redis://a", "--interval", "1ms"], "100ms to 1h"),
            (["watch", "--node", "redis://a", "--count", "0"], "1 or more"),
            (["watch", "--node", "redis://a", "--limit", "0"], "1 to 10000"),
            (["bench", "--node", "redis://a", "--duration", "2m"], "200ms to 1m"),
            (["bench", "--node", "redis://a", "--workers", "0"], "1 to 256"),
            (["bogus"], "bogus"),
        ])
    func refuses(arguments: [String], hint: String) async throws {
        let result = try await Program().start(arguments).end
        #expect(result.status == 64)
        #expect(result.output.isEmpty)
        #expect(result.errors.contains(hint), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("redlock: ") }, "\(result.errors)")
    }

    @Test(
        "is not a request for help or the version",
        arguments: [
            ["--help"], ["run", "--help"], ["inspect", "--help"], ["status", "--help"], ["release", "--help"], ["watch", "--help"],
            ["doctor", "--help"], ["list", "--help"], ["bench", "--help"], ["completions", "--help"], ["--version"],
        ])
    func help(arguments: [String]) async throws {
        let result = try await Program().start(arguments).end
        #expect(result.status == 0)
        #expect(result.errors.isEmpty)
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(result.output)")
        guard arguments != ["--version"] else { return }
        let lines = result.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let (examples, usage) = (try #require(lines.firstIndex(of: "EXAMPLES")), try #require(lines.firstIndex { $0.hasPrefix("USAGE") }))
        #expect(lines[examples...].dropFirst().prefix { !$0.isEmpty }.count >= 2, "\(result.output)")
        #expect(lines.contains("EXIT STATUS"))
        // What is laid out by hand must not be broken anew.
        for line in lines[examples..<usage] where !line.isEmpty && !line.hasPrefix("  ") {
            #expect(["EXAMPLES", "JSON", "EXIT STATUS"].contains(line) || line.hasPrefix("run otherwise"), "\(line)")
        }
    }

    @Test("a password in a URL that is refused is not repeated")
    func hidesPassword() async throws {
        let result = try await Program()("status", "--node", "redis://user:s3cret@host:port")
        #expect(result.status == 64)
        #expect(!result.errors.contains("s3cret"))
    }
}
