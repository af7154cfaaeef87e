import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock run", .timeLimit(.minutes(3)))
    struct RunCommandTests {
        @Test("exits as its command did, hands on its output, and gives the lock back")
        func statusAndOutput() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                let result = try await program("run", "x", "--no-quarantine", "--", "sh", "-c", "echo out; echo err >&2; exit 42")
                #expect(result.status == 42 && result.output == "out\n" && result.errors == "err\n")
                #expect(try await program("run", "x", "--no-quarantine", "--try", "--", "sh", "-c", "kill -KILL $$").status == 137)
                #expect(try await program("run", "x", "--no-quarantine", "--try", "--", "true").status == 0)
                for index in 0..<3 { #expect(try await fleet[index].cli("EXISTS", "x") == "0") }
            }
        }

        @Test("tells its command the resource and the fencing token, which rises")
        func environment() async throws {
            try await withRedisFleet(3) { fleet in
                var program = Program(nodes: fleet.urls)
                program.variables = ["REDLOCK_FENCING_TOKEN": "of an outer lock", "KEPT": "kept"]
                let print = "echo \"$REDLOCK_RESOURCE|${REDLOCK_FENCING_TOKEN-none}|$KEPT\""
                func run(_ options: String...) async throws -> [String] {
                    let result = try await program.start(["run", "a b/ü", "--no-quarantine"] + options + ["--", "sh", "-c", print]).end
                    return result.output.dropLast().split(separator: "|").map(String.init)
                }
                let first = try await run()
                let second = try await run()
                #expect(first[0] == "a b/ü" && first[2] == "kept")
                #expect(try #require(UInt64(second[1])) > #require(UInt64(first[1])))
                #expect(try await run("--no-fencing")[1] == "none")
            }
        }

        @Test("hands on arguments byte for byte, signals as they were, and none of its connections")
        func inheritance() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                // A shell writes the byte that no Swift string can hold.
                let script = "exec \"$0\" run x --no-quarantine -- printf %s \"$(printf 'a\\377b')\""
                let bytes = try await program("run", "y", "--no-quarantine", "--", "sh", "-c", "{ \(script); } | od -An -tx1", Program.path)
                #expect(bytes.output.filter { $0 != " " } == "61ff62\n", "\(bytes)")
                #if os(Linux)
                // What a shell has just before and the command has in its place: the same descriptors, nothing blocked or ignored.
                let state = "ls /proc/self/fd; grep Sig[IB] /proc/self/status"
                let both = try await program.shell("\(state); exec \(Program.path) run x --no-quarantine -- sh -c '\(state)'")
                let lines = both.output.split(separator: "\n")
                #expect(lines.count >= 10 && lines.prefix(lines.count / 2) == lines.suffix(lines.count / 2), "\(both.output)")
                #endif
            }
        }

        @Test("a lock that somebody else holds is 75, after the wait or at once")
        func contended() async throws {
            try await withRedisFleet(3) { fleet in
                for index in 0..<3 { _ = try await fleet[index].cli("SET", "x", "another-library", "PX", "60000") }
                let program = Program(nodes: fleet.urls)
                let tried = try await program("run", "x", "--no-quarantine", "--try", "--", "echo", "never")
                #expect(tried.status == 75 && tried.output.isEmpty)
                #expect(tried.errors == "redlock: the lock on x is held by somebody else\n")
                let waited = try await program("run", "x", "--no-quarantine", "--wait", "300ms", "--", "echo", "never")
                #expect(waited.status == 75 && waited.output.isEmpty)
                #expect(waited.errors.contains("held or contended for") && waited.errors.contains("attempts)"), "\(waited.errors)")
            }
        }

        @Test("too few nodes is 75, with the reason of each")
        func unreachable() async throws {
            try await withRedisFleet(3) { fleet in
                await fleet[0].kill()
                fleet[2].pause()
                let result = try await Program(nodes: fleet.urls)("run", "x", "--no-quarantine", "--wait", "500ms", "--", "echo", "never")
                #expect(result.status == 75 && result.output.isEmpty)
                #expect(result.errors.contains("too few nodes") && result.errors.contains("127.0.0.1:\(fleet[0].port)"), "\(result.errors)")
                #expect(result.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("redlock: ") })
            }
        }

        @Test("a command that is not there is 127, one that cannot be run 126, before any lock is taken")
        func notFound() async throws {
            // There is no such node: nobody asks.
            let program = Program(nodes: ["redis://127.0.0.1:1"])
            #expect(try await program("run", "x", "--", "no-such-command").status == 127)
            #expect(try await program("run", "x", "--", "/no/such/file").status == 127)
            #expect(try await program("run", "x", "--", "/tmp").status == 126)
            #expect(try await program("run", "x", "--", #filePath).status == 126)
            #expect(try await program("run", "x", "--", "").status == 127)
        }

        @Test("a script without an interpreter line is run as a shell does, one with a missing one is 127 and gives the lock back")
        func scripts() async throws {
            let script = EventLog()
            defer { script.remove() }
            try await withRedisFleet(1) { fleet in
                let program = Program(nodes: fleet.urls)
                for (text, status) in [("echo \"$1\"; exit 5\n", 5), ("#!/no/such/interpreter\n", 127)] as [(String, Int32)] {
                    try text.write(toFile: script.path, atomically: true, encoding: .utf8)
                    chmod(script.path, 0o755)
                    #expect(try await program("run", "x", "--", script.path, "word").status == status)
                    #expect(try await fleet[0].cli("EXISTS", "x") == "0")
                }
            }
        }
    }
}
