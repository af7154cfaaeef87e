import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock run among processes", .timeLimit(.minutes(3)))
    struct RunExclusionTests {
        /// A read-then-write on a file that loses counts as soon as two processes are inside at once.
        private static let count = "n=$(cat \"$0\"); sleep 0.02; echo $((n + 1)) >\"$0\""

        @Test("of eight processes one is inside at a time")
        func processes() async throws {
            let file = EventLog()
            defer { file.remove() }
            try "0\n".write(toFile: file.path, atomically: true, encoding: .utf8)
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                for _ in 0..<4 {
                    let running = try (0..<8).map { _ in
                        try program.start(["run", "counter", "--no-quarantine", "--wait", "60s", "--", "sh", "-c", Self.count, file.path])
                    }
                    for process in running { #expect(await process.end.status == 0) }
                }
            }
            #expect(file.lines == ["32"])
        }

        @Test("a redlock that was stopped for longer than its lease ends its command as soon as it goes on")
        func suspended() async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                let work = "echo \"pid $$\" >>\"$0\"; echo started >>\"$0\"; sleep 60"
                let holder = try program.start(["run", "x", "--no-quarantine", "--ttl", "1s", "--", "sh", "-c", work, log.path])
                try await log.wait(for: "started")
                holder.signal(SIGSTOP)
                // Somebody else gets the lock: nobody extends it any more.
                #expect(try await program("run", "x", "--no-quarantine", "--wait", "30s", "--", "true").status == 0)
                holder.signal(SIGCONT)
                #expect(await holder.end.status == 70)
                let pid = try #require(log.lines.first { $0.hasPrefix("pid ") }.flatMap { pid_t($0.dropFirst(4)) })
                #expect(ProcessGroup.members(of: pid).isEmpty)
            }
        }
    }
}
