import Foundation
import Redlock
import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// A whole process that is stopped (SIGSTOP) while it holds a lock, for longer than its lease.
@Suite(.timeLimit(.minutes(2))) struct SuspensionTests {
    /// `Holder`, under way.
    private final class HolderProcess {
        private let process = Process()
        private let file = FileManager.default.temporaryDirectory.appending(path: "holder-\(UUID().uuidString)")

        init(nodes: [String], shop: String) throws {
            try Data().write(to: file)
            // Next to the test bundle, where SwiftPM puts executables.
            process.executableURL = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "Holder")
            process.arguments = [nodes.joined(separator: ","), shop, file.path]
            try process.run()
        }

        func signal(_ number: Int32) { kill(process.processIdentifier, number) }

        func stop() {
            signal(SIGKILL)
            process.waitUntilExit()
            try? FileManager.default.removeItem(at: file)
        }

        /// What it has said in whole lines.
        func lines() throws -> [String] {
            let text = try String(contentsOf: file, encoding: .utf8)
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        }
    }

    private struct Check {
        let from: Int64
        let isValid: Bool
        let write: Substring

        init?(_ line: String) {
            let words = line.split(separator: " ")
            guard words.count == 4, let from = Int64(words[0]) else { return nil }
            (self.from, isValid, write) = (from, words[2] == "true", words[3])
        }
    }

    @Test func `wherever it is stopped, its first look after waking says lost and its writes are refused`() async throws {
        try await withRedisFleet(4) { fleet in
            let (nodes, resource) = (Array(fleet.urls[..<3]), fleet.urls[3])
            let shop = try await RedisFencingGuard(resource)
            let holder = try HolderProcess(nodes: nodes, shop: resource)
            defer { holder.stop() }
            try await withRedlock(nodes) { redlock in
                var noticed = 0
                for _ in 0..<5 {
                    let begun = try holder.lines().count
                    try await eventually("it holds the lock") {
                        try holder.lines().dropFirst(begun).contains { Check($0)?.isValid == true }
                    }
                    // Anywhere in its work: a check, a write, an extension, a pause.
                    try await Task.sleep(for: .microseconds(.random(in: 0..<400_000)))
                    holder.signal(SIGSTOP)
                    let lease = try await redlock.acquire("r", ttl: .seconds(20), waiting: .seconds(60), options: .extending)
                    let mine = BootClock.now()
                    try await shop.set("stock", to: "theirs", fencingToken: lease.fencingToken)
                    holder.signal(SIGCONT)
                    try await eventually("it has noticed, and waits for the lock again") { try holder.lines().last == "waiting" }
                    let checks = try holder.lines().dropFirst(begun).compactMap(Check.init)
                    let late = checks.filter { $0.from >= mine.nanoseconds }
                    #expect(late.allSatisfy { !$0.isValid && $0.write == "stale" }, "\(late)")
                    if let last = checks.last, !last.isValid, last.write == "stale" { noticed += 1 }
                    #expect(lease.isValid)
                    #expect(try await shop.get("stock", fencingToken: lease.fencingToken) == "theirs")
                    await lease.release()
                }
                #expect(noticed > 0, "it was never stopped while it held the lock")
            }
        }
    }
}
