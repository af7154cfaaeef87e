import Foundation
import RedlockHistory
import RedlockServers
import Testing

/// Short runs of the built program. Small ttls keep the quarantine short.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct RunTests {
    private static let program: String = {
        if let path = ProcessInfo.processInfo.environment["REDLOCK_CHAOS_BINARY"] { return path }
        #if canImport(Darwin)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let directory = (bundle ?? Bundle.main.bundleURL).deletingLastPathComponent()
        #else
        let directory = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
        return directory.appending(path: "redlock-chaos").path
    }()

    private let folder = FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-test-\(UUID())")

    /// Where the program finds its temporary directory: short, for the servers' sockets.
    private let temporary = URL(filePath: "/tmp/rc-\(String(UInt64.random(in: 0...UInt64.max), radix: 36))")

    private func start(_ command: String, ttl: String = "300ms", _ arguments: String...) async throws -> GuardedProcess {
        for directory in [folder, temporary] { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true) }
        return try await GuardedProcess(
            Self.program, [command] + arguments + ["--report", folder.path, "--ttl", ttl, "--max-ttl", ttl],
            variables: ["TMPDIR": temporary.path], log: folder.appending(path: "output").path)
    }

    private func clean() { for directory in [folder, temporary] { try? FileManager.default.removeItem(at: directory) } }

    private func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// Waits until none of these processes is there any more, and nothing in the temporary directory.
    private func expectNothingLeft(of children: [Int32: Character], sourceLocation: SourceLocation = #_sourceLocation) async throws {
        #expect(try await eventually { try ProcessTree.alive(among: children.keys).isEmpty }, "processes", sourceLocation: sourceLocation)
        #expect(
            try await eventually { try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty }, "directories",
            sourceLocation: sourceLocation)
    }

    @Test("A run under faults is valid, and its folder says why")
    func valid() async throws {
        defer { clean() }
        let run = try await start(
            "run", "--nodes", "3", "--clients", "3", "--duration", "3s", "--nemesis", "kill,client-kill", "--seed", "7")
        #expect(await run.waitUntilGone(seconds: 100))
        let output = try text("output")
        #expect(run.exitCode == 0, "\(output)")
        #expect(try text("output").contains("every promise was kept"))
        #expect(try text("verdict.json").contains("\"verdict\" : \"valid\""))
        #expect(try text("report.html").contains("Every promise was kept"))
        let history = try History(jsonLines: text("history.jsonl"))
        #expect(history.leases.count > 10)
        #expect(history.operations.contains { $0.what == .died })
        #expect(try await eventually { try FileManager.default.contentsOfDirectory(atPath: temporary.path).isEmpty })
    }

    @Test("Nodes that count although they forgot everything are noticed")
    func withoutQuarantine() async throws {
        defer { clean() }
        let run = try await start(
            "run", ttl: "1s", "--nodes", "3", "--clients", "6", "--resources", "2", "--duration", "60s", "--nemesis", "rolling", "--seed",
            "1",
            "--no-quarantine", "--stop-at-violation")
        #expect(await run.waitUntilGone(seconds: 110))
        let output = try text("output")
        #expect(run.exitCode == 1, "\(output)")
        #expect(try text("verdict.json").contains("mutual exclusion"))
    }

    @Test("An interrupted run ends with a report and without a verdict")
    func interrupted() async throws {
        defer { clean() }
        let run = try await start("run", "--nodes", "3", "--clients", "2", "--duration", "60s", "--nemesis", "pause")
        #expect(try await eventually { try text("output").contains("pause: node") })
        let children = try ProcessTree.descendants(of: run.pid)
        #expect(children.count > 5)
        kill(run.pid, SIGINT)
        #expect(await run.waitUntilGone(seconds: 40))
        let output = try text("output")
        #expect(run.exitCode == 3, "\(output)")
        #expect(try text("report.html").contains("Not known"))
        try await expectNothingLeft(of: children)
    }

    @Test("A killed run leaves nothing behind, not even stopped nodes and clients", arguments: [false, true])
    func killed(withItsGroup: Bool) async throws {
        defer { clean() }
        let run = try await start("run", "--nodes", "3", "--clients", "2", "--duration", "60s", "--nemesis", "client-pause,pause-long")
        #expect(try await eventually { try ProcessTree.descendants(of: run.pid).values.contains("T") })
        let children = try ProcessTree.descendants(of: run.pid)
        #expect(children.count > 5)
        kill(withItsGroup ? -run.pid : run.pid, SIGKILL)
        #expect(await run.waitUntilGone(seconds: 10))
        try await expectNothingLeft(of: children)
    }

    @Test("A terminal that is closed during the second run of a suite ends it, with the table so far")
    func interruptedSuite() async throws {
        defer { clean() }
        let suite = try await start("suite", "quick", "--duration", "1s")
        #expect(try await eventually(within: .seconds(60)) { try text("output").contains("\nmix ") })
        #expect(try await eventually { try ProcessTree.descendants(of: suite.pid).count > 20 })
        let children = try ProcessTree.descendants(of: suite.pid)
        kill(suite.pid, SIGHUP)
        #expect(await suite.waitUntilGone(seconds: 40))
        let output = try text("output")
        #expect(suite.exitCode == 3, "\(output)")
        #expect(
            output.contains("\nrude          unknown") && output.contains("\ninterrupted\n") && !output.contains("\noutside "), "\(output)"
        )
        try await expectNothingLeft(of: children)
    }
}
