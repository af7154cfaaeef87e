import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock run when things go wrong", .timeLimit(.minutes(3)))
    struct RunLossTests {
        /// Works visibly, and does not want to end.
        private static let stubborn = """
            trap 'echo TERM >>"$0"' TERM
            echo "pid $$" >>"$0"; echo started >>"$0"
            while :; do echo work >>"$0"; sleep 0.01; done
            """

        @Test("a lost lock ends the command before anybody else can have the lock")
        func loss() async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let holder = try program.start(
                    ["run", "x", "--no-quarantine", "--ttl", "2s", "--grace", "300ms", "--", "sh", "-c", Self.stubborn, log.path])
                try await log.wait(for: "started")
                let waiter = try program.start(
                    ["run", "x", "--no-quarantine", "--wait", "60s", "--", "sh", "-c", "echo second >>\"$0\"", log.path])
                for index in 0..<3 { fleet[index].pause() }
                try await log.wait(for: "TERM")
                for index in 0..<3 { fleet[index].resume() }

                let end = await holder.end
                #expect(end.status == 70)
                #expect(end.errors.contains("is lost: too few nodes answered") && end.errors.contains("SIGTERM"), "\(end.errors)")
                #expect(await waiter.end.status == 0)

                let lines = log.lines
                let term = try #require(lines.firstIndex(of: "TERM"))
                let second = try #require(lines.firstIndex(of: "second"))
                #expect(lines[term...].contains("work"), "it was given its grace")
                #expect(!lines[second...].contains("work"), "it worked beside the next holder")
                let pid = try #require(lines.first { $0.hasPrefix("pid ") }.flatMap { pid_t($0.dropFirst(4)) })
                #expect(ProcessGroup.members(of: pid).isEmpty, "something of the command is left")
            }
        }

        @Test("a lost lock ends at once a command that obeys, and what it started")
        func obedient() async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet(3) { fleet in
                let holder = try Program(nodes: fleet.urls).start([
                    "run", "x", "--no-quarantine", "--ttl", "2s", "--", "sh", "-c",
                    "echo \"pid $$\" >>\"$0\"; echo started >>\"$0\"; sleep 60 & sleep 60", log.path,
                ])
                try await log.wait(for: "started")
                await fleet[0].kill()
                await fleet[1].kill()
                #expect(await holder.end.status == 70)
                let pid = try #require(log.lines.first { $0.hasPrefix("pid ") }.flatMap { pid_t($0.dropFirst(4)) })
                #expect(ProcessGroup.members(of: pid).isEmpty)
            }
        }

        @Test("with --on-lost kill it is killed unasked, with what it started, and before anybody else can have the lock")
        func killed() async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                let holder = try program.start(
                    ["run", "x", "--no-quarantine", "--ttl", "1s", "--on-lost", "kill", "--", "sh", "-c", Self.stubborn, log.path])
                try await log.wait(for: "started")
                let pid = try #require(log.lines.first { $0.hasPrefix("pid ") }.flatMap { pid_t($0.dropFirst(4)) })
                let waiter = try program.start(
                    ["run", "x", "--no-quarantine", "--wait", "60s", "--", "sh", "-c", "echo second >>\"$0\"", log.path])
                for index in 0..<2 { fleet[index].pause() }
                while !ProcessGroup.members(of: pid).isEmpty { try await Task.sleep(for: .milliseconds(10)) }
                for index in 0..<2 { fleet[index].resume() }

                let end = await holder.end
                #expect(end.status == 70 && end.errors.contains("is lost") && end.errors.contains("the command is killed"), "\(end)")
                #expect(await waiter.end.status == 0)
                let lines = log.lines
                let second = try #require(lines.firstIndex(of: "second"))
                #expect(!lines.contains("TERM") && !lines[second...].contains("work"), "\(lines)")
            }
        }

        @Test("with --on-lost ignore it goes on, the loss is said, and its status does not hide that the lock was over")
        func ignored() async throws {
            let (log, errors) = (EventLog(), EventLog())
            defer {
                log.remove()
                errors.remove()
            }
            try await withRedisFleet(3) { fleet in
                // Longer than from the loss to the lock's end, which is a tenth of the ttl.
                let body =
                    "trap 'echo TERM >>\"$0\"' TERM; echo started >>\"$0\"; until grep -q go \"$0\"; do sleep 0.01; done; sleep 0.5; exit 3"
                var program = Program(nodes: fleet.urls)
                program.variables = ["BODY": body, "LOG": log.path, "ERRORS": errors.path]
                let holder = try program.start(
                    [
                        "-c",
                        "exec \(Program.path) run x --no-quarantine --ttl 1s --on-lost ignore -- sh -c \"$BODY\" \"$LOG\" 2>>\"$ERRORS\"",
                    ], "/bin/sh")
                try await log.wait(for: "started")
                await fleet[0].kill()
                await fleet[1].kill()
                while !errors.lines.contains(where: { $0.contains("is lost") }) { try await Task.sleep(for: .milliseconds(10)) }
                log.append("go")
                #expect(await holder.end.status == 70)
                #expect(log.lines == ["started", "go"], "it was left alone")
                #expect(
                    errors.lines.count == 2 && errors.lines.last?.contains("was over before the command was") == true, "\(errors.lines)")

                // One that ends while the lock is still valid has its own status, however few nodes are left.
                let quick = try await Program(nodes: [fleet.urls[2]])("run", "x", "--on-lost", "ignore", "--", "sh", "-c", "exit 3")
                #expect(quick.status == 3, "\(quick)")
            }
        }

        @Test("signals reach the command, which decides what they mean", arguments: [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2])
        func forwards(number: Int32) async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet(1) { fleet in
                let program = Program(nodes: fleet.urls)
                let script = "trap 'echo caught >>\"$0\"; exit 9' \(number); echo started >>\"$0\"; while :; do sleep 0.01; done"
                let caught = try program.start(["run", "x", "--", "sh", "-c", script, log.path])
                try await log.wait(for: "started")
                caught.signal(number)
                #expect(await caught.end.status == 9)
                #expect(log.lines.last == "caught")

                let dying = try program.start(["run", "x", "--", "sh", "-c", "echo again >>\"$0\"; ulimit -c 0; exec sleep 60", log.path])
                try await log.wait(for: "again")
                try await Task.sleep(for: .milliseconds(50))
                dying.signal(number)
                #expect(await dying.end.status == 128 + number)
                #expect(try await fleet[0].cli("EXISTS", "x") == "0")
            }
        }

        @Test("a signal ends the wait for the lock, and nothing of it is left")
        func signalWhileWaiting() async throws {
            try await withRedisFleet(3) { fleet in
                // On one node only: the attempts leave their values on the others for a moment.
                for index in 0..<2 { _ = try await fleet[index].cli("SET", "x", "another-library", "PX", "60000") }
                let waiter = try Program(nodes: fleet.urls).start(["run", "x", "--no-quarantine", "--wait", "60s", "--", "echo", "never"])
                try await Task.sleep(for: .milliseconds(500))
                waiter.signal(SIGTERM)
                let end = await waiter.end
                #expect(end.status == 128 + SIGTERM)
                #expect(end.output.isEmpty && end.errors.isEmpty, "\(end.errors)")
                #expect(try await fleet[2].cli("EXISTS", "x") == "0")
            }
        }
    }
}
