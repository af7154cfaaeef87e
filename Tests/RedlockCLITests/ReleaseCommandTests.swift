import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock release", .timeLimit(.minutes(2)))
    struct ReleaseCommandTests {
        private struct Report: Decodable {
            let outcome: String
            let fencing_token: UInt64?
            let nodes: [Node]

            struct Node: Decodable {
                let outcome: String
                let holder: String?
                let holder_name: String?
                let ttl_ms: Int64?
            }
        }

        private static let token = "3fa94c01d2e84b7c9a5501f2e3d4c5b6"

        private func put(_ value: String, _ key: String = "x", on servers: [RedisServer]) async throws {
            for server in servers { _ = try await server.cli("SET", key, value, "PX", "60000") }
        }

        private func report(_ result: Program.Result) throws -> Report {
            try #require(try JSONDecoder().decode([Report].self, from: Data(result.output.utf8)).first)
        }

        @Test("deletes by token, from each source of it, and leaves another's alone")
        func token() async throws {
            try await withRedisFleet(3) { fleet in
                var program = Program(nodes: fleet.urls)
                try await put(Self.token, on: fleet.servers)
                let wrong = try await program("release", "x", "--token", "another-token-0000", "--json")
                #expect(wrong.status == 75)
                #expect(try report(wrong).nodes.map(\.outcome) == ["held", "held", "held"])
                #expect(try await fleet[0].cli("GET", "x") == Self.token)

                let piped = try await program.shell("echo \(Self.token) | \(Program.path) release x --token - --json")
                #expect(piped.status == 0)
                #expect(try report(piped).outcome == "released")
                try await put(Self.token, on: Array(fleet.servers.prefix(2)))
                program.variables = ["REDLOCK_TOKEN": Self.token]
                let fromEnvironment = try await program("release", "x", "--json")
                #expect(try report(fromEnvironment).nodes.map(\.outcome) == ["released", "released", "free"])
                let again = try await program("release", "x")
                #expect(again.status == 0 && again.output.contains("free already"))
                for result in [wrong, piped, fromEnvironment, again] {
                    #expect(!result.output.contains(Self.token) && !result.errors.contains(Self.token))
                }
                for server in fleet.servers { #expect(try await server.cli("EXISTS", "x") == "0") }
            }
        }

        @Test("deletes by token what is held under a name, and names whom it leaves alone or takes from")
        func named() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                try await put("\(Self.token) nightly@web-3:4711", on: fleet.servers)
                let wrong = try await program("release", "x", "--token", "07d2c6aa10934f5b8e22b1a09f8e7d6c")
                #expect(wrong.status == 75 && wrong.output.contains("not released: held by 3fa94c01… (nightly@web-3:4711)"))
                let right = try await program("release", "x", "--token", Self.token, "--json")
                #expect(right.status == 0)
                #expect(try report(right).nodes.map(\.outcome) == ["released", "released", "released"])

                try await put("\(Self.token) nightly@web-3:4711", on: fleet.servers)
                let forced = try await program("release", "x", "--force", "--yes", "--json")
                #expect(try report(forced).nodes.map(\.holder_name) == Array(repeating: "nightly@web-3:4711", count: 3))
                for server in fleet.servers { #expect(try await server.cli("EXISTS", "x") == "0") }
                for result in [wrong, right, forced] { #expect(!result.output.contains(Self.token) && !result.errors.contains(Self.token)) }
            }
        }

        @Test("a lock taken by force is not its holder's again when that extends it, fenced or not", arguments: [true, false])
        func forceIsFinal(fencing: Bool) async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let holder = try program.start(
                    ["run", "x", "--no-quarantine", "--ttl", "2s"] + (fencing ? [] : ["--no-fencing"])
                        + ["--", "sh", "-c", "echo started >>\"$0\"; sleep 60", log.path])
                try await log.wait(for: "started")
                // It restarted without its key: what the others say of the holder goes for it too.
                try await fleet.servers[0].wipe()
                let broken = try await program("release", "x", "--force", "--yes", "--no-quarantine", "--json")
                #expect(broken.status == 0, "\(broken.errors)")
                #expect(await holder.end.status == 70)
                for server in fleet.servers { #expect(try await server.cli("EXISTS", "x") == "0") }
                #expect(try await program("run", "x", "--try", "--no-quarantine", "--", "true").status == 0)
            }
        }

        @Test("takes a lock by force from a holder, whose extensions the next holder outlives with a larger fencing token")
        func force() async throws {
            let log = EventLog()
            defer { log.remove() }
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let holder = try program.start([
                    "run", "x", "--no-quarantine", "--ttl", "3s", "--", "sh", "-c",
                    "echo \"$REDLOCK_FENCING_TOKEN\" >>\"$0\"; echo started >>\"$0\"; sleep 60", log.path,
                ])
                try await log.wait(for: "started")
                let broken = try await program.shell(
                    "\(Program.path) release x --force --yes --json && exec \(Program.path) run x --try --no-quarantine "
                        + "-- sh -c 'echo $REDLOCK_FENCING_TOKEN >&2; sleep 4'")
                #expect(broken.status == 0, "\(broken.errors)")
                let old = try #require(log.lines.first.flatMap { UInt64($0) })
                let fence = try #require(try report(broken).fencing_token)
                #expect(fence > old)
                #expect(try #require(UInt64(broken.errors.dropLast())) > fence)
                #expect(await holder.end.status == 70, "it found at its extension that the lock is another's")
                let nodes = try report(broken).nodes
                #expect(nodes.allSatisfy { ["released", "free"].contains($0.outcome) } && nodes.count(where: { $0.ttl_ms != nil }) >= 3)
            }
        }

        @Test("by force with dead, mute and foreign nodes: one timeout, and no promise that cannot be kept")
        func trouble() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                try await put(Self.token, on: fleet.servers)
                await fleet[3].kill()
                fleet[4].pause()
                let began = ContinuousClock.now
                let two = try await program("release", "x", "--force", "--yes", "--json", "--timeout", "1s")
                #expect(ContinuousClock.now - began < .seconds(4))
                #expect(two.status == 0)
                #expect(try report(two).nodes.map(\.outcome) == ["released", "released", "released", "unreachable", "unreachable"])

                try await put(Self.token, on: Array(fleet.servers.prefix(2)))
                await fleet[2].kill()
                let three = try await program("release", "x", "--force", "--yes", "--json", "--timeout", "500ms")
                #expect(three.status == 69)
                #expect(try report(three).outcome == "unknown")
                #expect(try await fleet[0].cli("EXISTS", "x") == "0", "what could be deleted is")

                _ = try await fleet[0].cli("HSET", "y", "uuid:1", "1")
                let foreign = try await program("release", "y", "--force", "--yes", "--timeout", "500ms")
                #expect(foreign.status == 75 && foreign.output.contains("hash"))
                #expect(try await fleet[0].cli("EXISTS", "y") == "1")
            }
        }
    }
}
