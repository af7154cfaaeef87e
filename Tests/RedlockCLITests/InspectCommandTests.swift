import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock inspect", .timeLimit(.minutes(2)))
    struct InspectCommandTests {
        private struct Report: Decodable {
            let resource: String
            let verdict: String
            let holder: String?
            let holder_name: String?
            let held_by: Int?
            let ttl_ms: Int64?
            let fencing_token: UInt64?
            let waiting: Int?
            let waiting_names: [String]?
            let nodes: [Node]

            struct Node: Decodable {
                let state: String
                let type: String?
            }
        }

        private func inspect(_ program: Program, _ resources: String...) async throws -> (Int32, [Report]) {
            let result = try await program.start(["inspect", "--json", "--no-quarantine", "--timeout", "1s"] + resources).end
            return (result.status, try JSONDecoder().decode([Report].self, from: Data(result.output.utf8)))
        }

        @Test("shows a lock while it is held, and that it is free afterwards")
        func heldAndFree() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let name = "orders/42 \n\u{1B}[31m锁"
                let inner = try await program(
                    "run", name, "--no-quarantine", "--ttl", "20s", "--", Program.path, "inspect", "--json", name)
                #expect(inner.status == 0)
                let held = try #require(try JSONDecoder().decode([Report].self, from: Data(inner.output.utf8)).first)
                #expect(held.resource == name && held.verdict == "held")
                #expect((3...5).contains(held.held_by ?? 0))
                #expect((1...20_000).contains(held.ttl_ms ?? 0))
                #expect(held.holder?.count == 9)
                #expect((held.fencing_token ?? 0) > 0)

                let (status, reports) = try await inspect(program, name)
                #expect(status == 0 && reports.map(\.verdict) == ["free"])
                let text = try await program("inspect", name, "--no-quarantine")
                #expect(text.output.hasPrefix("\"orders/42 \\n\\u{1B}[31m锁\"\n  free\n"), "\(text.output)")
            }
        }

        @Test("names the holder who left a name, and lets no value write to the terminal")
        func names() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                func holder(_ options: String...) async throws -> Report {
                    let arguments = ["run", "x", "--no-quarantine"] + options + ["--", Program.path, "inspect", "--json", "x"]
                    let result = try await program.start(arguments).end
                    return try #require(try JSONDecoder().decode([Report].self, from: Data(result.output.utf8)).first)
                }
                let usual = try #require(try await holder().holder_name)
                #expect(usual.hasPrefix("redlock@") && usual.split(separator: ":").last.flatMap { Int($0) } != nil)
                #expect(try await holder("--name", "nightly report").holder_name == "nightly report")
                let none = try await holder("--no-name")
                #expect(none.verdict == "held" && none.holder?.count == 9 && none.holder_name == nil)

                let token = "3fa94c01d2e84b7c9a5501f2e3d4c5b6"
                for server in fleet.servers {
                    _ = try await server.cli("SET", "plain", token, "PX", "60000")
                    _ = try await server.cli("SET", "hostile", "\(token) \u{1B}[2J\u{202E}\nredis", "PX", "60000")
                }
                #expect(try await inspect(program, "plain").1.map(\.holder_name) == [nil])
                for command in [["inspect", "hostile"], ["list"], ["release", "hostile", "--token", "x"]] {
                    let text = try await program.start(command + ["--no-quarantine"].filter { _ in command[0] != "release" }).end.output
                    #expect(text.contains("\\u{1B}[2J\\u{202E}\\nredis") && !text.contains(token), "\(text)")
                    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 32 && $0 != "\u{202E}" })
                }
            }
        }

        @Test("shows who waits, and forgets who is ended or killed")
        func waiters() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                for server in fleet.servers { _ = try await server.cli("SET", "x", "first-holder-value", "PX", "60000") }
                let waiters = try ["a", "a", "b"].map { name in
                    try program.start(["run", "x", "--no-quarantine", "--wait", "1m", "--name", name, "--", "true"])
                }
                var last: Report?
                func wait(for count: Int) async throws {
                    for _ in 0..<100 {
                        last = try await inspect(program, "x").1.first
                        if last?.waiting == count { return }
                        try await Task.sleep(for: .milliseconds(100))
                    }
                }
                try await wait(for: 3)
                #expect(last?.waiting == 3 && last?.waiting_names == ["a", "a", "b"] && last?.holder_name == nil)
                let text = try await program("inspect", "x", "y", "--no-quarantine").output
                #expect(text.contains("\n  waiting: 3 (a ×2, b)\n"), "\(text)")
                #expect(try await inspect(program, "y").1.first?.waiting == nil)
                #expect(try await program("list").output.hasSuffix("\n1 lock\n"), "the list of waiters is no lock")

                waiters[0].signal(SIGTERM)
                #expect(await waiters[0].end.status == 143)
                // One that is killed cannot take it back.
                waiters[1].signal(SIGKILL)
                #expect(await waiters[1].end.status == 137)
                try await wait(for: 1)
                #expect(last?.waiting_names == ["b"])
                for server in fleet.servers { _ = try await server.cli("DEL", "x") }
                #expect(await waiters[2].end.status == 0)
                #expect(try await inspect(program, "x").1.first?.waiting == nil)
            }
        }

        @Test("sees other libraries' locks, split votes, orphans, keys of another type, and dead nodes")
        func states() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                for index in 0..<2 { _ = try await fleet[index].cli("SET", "split", "first-holder-value", "PX", "60000") }
                for index in 2..<4 { _ = try await fleet[index].cli("SET", "split", "other-holder-value", "PX", "60000") }
                _ = try await fleet[0].cli("SET", "orphan", "first-holder-value", "PX", "60000")
                for index in 0..<5 { _ = try await fleet[index].cli("HSET", "hash", "uuid:1", "1") }
                for index in 0..<4 { _ = try await fleet[index].cli("SET", "app:x", "first-holder-value", "PX", "60000") }

                let (status, reports) = try await inspect(program, "split", "orphan", "hash", "app:x", "none")
                #expect(status == 0)
                #expect(reports.map(\.verdict) == ["split", "split", "split", "held", "free"])
                #expect(reports[2].nodes.allSatisfy { $0.state == "wrong_type" && $0.type == "hash" })
                let (_, prefixed) = try await inspect(program, "--prefix", "app:", "x")
                #expect(prefixed.map(\.verdict) == ["held"])

                fleet[0].pause()
                await fleet[4].kill()
                let began = ContinuousClock.now
                let (oneDown, down) = try await inspect(program, "app:x", "none", "orphan")
                // All nodes at once: two that do not answer cost one timeout.
                #expect(ContinuousClock.now - began < .seconds(4))
                #expect(oneDown == 0)
                #expect(down.map(\.verdict) == ["held", "free", "free"])
                #expect(down[0].held_by == 3)
                #expect(down[0].nodes.map(\.state) == ["unreachable", "held", "held", "held", "unreachable"])

                await fleet[3].kill()
                let (threeDown, unknown) = try await inspect(program, "app:x")
                #expect(threeDown == 69)
                #expect(unknown.map(\.verdict) == ["unknown"])
            }
        }

        @Test("does not call a lock free that nodes may have forgotten, nor count a replica and a server that is named twice")
        func noVotes() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let young = try await program("inspect", "x", "--json")
                #expect(young.status == 0)
                #expect(try JSONDecoder().decode([Report].self, from: Data(young.output.utf8)).map(\.verdict) == ["quarantined"])

                for server in fleet.servers.prefix(2) { _ = try await server.cli("SET", "x", "first-holder-value", "PX", "60000") }
                _ = try await fleet[4].cli("REPLICAOF", "127.0.0.1", "\(fleet[0].port)")
                let (status, reports) = try await inspect(program, "x")
                #expect(reports.map(\.verdict) == ["unknown"] && status == 69, "the replica's copy is no third vote")
                #expect(reports[0].nodes[4].state == "unfit")

                let twice = Program(nodes: [fleet.urls[0], fleet.urls[0].replacing("127.0.0.1", with: "localhost"), fleet.urls[2]])
                #expect(try await inspect(twice, "x").1[0].nodes.map(\.state) == ["held", "unfit", "free"])
            }
        }

        @Test("a reader that goes away ends it silently")
        func closedOutput() async throws {
            try await withRedisFleet(1) { fleet in
                let shell = Program(nodes: fleet.urls)
                let script = "{ sleep 0.3; \"$0\" inspect x; echo $? >&2; } | true"
                let result = try await shell("run", "y", "--no-quarantine", "--", "sh", "-c", script, Program.path)
                #expect(result.errors == "141\n")
                let full = try await shell("run", "y", "--no-quarantine", "--", "sh", "-c", "\"$0\" inspect x >&-; echo $?", Program.path)
                #expect(full.output == "74\n" && full.errors.hasPrefix("redlock: cannot write to standard output"))
            }
        }
    }
}
