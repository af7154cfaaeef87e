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

    private func start(ttl: String = "300ms", _ arguments: String...) async throws -> GuardedProcess {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return try await GuardedProcess(
            Self.program, ["run", "--report", folder.path, "--ttl", ttl, "--max-ttl", ttl] + arguments,
            log: folder.appending(path: "output").path)
    }

    private func text(_ name: String) throws -> String { try String(contentsOf: folder.appending(path: name), encoding: .utf8) }

    /// Whether a process that was given the folder, as every client is, is still there.
    private func isAnyoneLeft() throws -> Bool {
        let pgrep = Process()
        pgrep.executableURL = URL(filePath: "/usr/bin/env")
        pgrep.arguments = ["pgrep", "-f", "redlock-chaos client.*\(folder.lastPathComponent)"]
        pgrep.standardOutput = FileHandle.nullDevice
        try pgrep.run()
        pgrep.waitUntilExit()
        return pgrep.terminationStatus == 0
    }

    private func waitUntil(seconds: Double = 20, _ condition: () throws -> Bool) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while try !condition() {
            guard ContinuousClock.now < deadline else { return false }
            try await Task.sleep(for: .milliseconds(50))
        }
        return true
    }

    @Test("A run under faults is valid, and its folder says why")
    func valid() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await start(
            "--nodes", "3", "--clients", "3", "--duration", "3s", "--nemesis", "kill,client-kill", "--seed", "7")
        #expect(await run.waitUntilGone(seconds: 100))
        let output = try text("output")
        #expect(run.exitCode == 0, "\(output)")
        #expect(try text("output").contains("every promise was kept"))
        #expect(try text("verdict.json").contains("\"verdict\" : \"valid\""))
        #expect(try text("report.html").contains("Every promise was kept"))
        let history = try History(jsonLines: text("history.jsonl"))
        #expect(history.leases.count > 10)
        #expect(history.operations.contains { $0.what == .died })
        #expect(try !isAnyoneLeft())
    }

    @Test("Nodes that count although they forgot everything are noticed")
    func withoutQuarantine() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await start(
            ttl: "1s", "--nodes", "3", "--clients", "6", "--resources", "2", "--duration", "60s", "--nemesis", "rolling", "--seed", "1",
            "--no-quarantine", "--stop-at-violation")
        #expect(await run.waitUntilGone(seconds: 110))
        let output = try text("output")
        #expect(run.exitCode == 1, "\(output)")
        #expect(try text("verdict.json").contains("mutual exclusion"))
    }

    @Test("An interrupted run ends with a report and without a verdict")
    func interrupted() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await start("--nodes", "3", "--clients", "2", "--duration", "60s", "--nemesis", "pause")
        #expect(try await waitUntil { try text("output").contains("pause: node") })
        kill(run.pid, SIGINT)
        #expect(await run.waitUntilGone(seconds: 40))
        let output = try text("output")
        #expect(run.exitCode == 3, "\(output)")
        #expect(try text("report.html").contains("Not known"))
        #expect(try !isAnyoneLeft())
    }

    @Test("A killed run leaves no process behind, not even a stopped client")
    func killed() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }
        let run = try await start("--nodes", "3", "--clients", "2", "--duration", "60s", "--nemesis", "client-pause")
        #expect(try await waitUntil { try text("output").contains("client-pause: client") })
        #expect(try isAnyoneLeft())
        await run.kill()
        #expect(try await waitUntil(seconds: 5) { try !isAnyoneLeft() })
    }
}
