import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    /// One deployment with everything in it that the library refuses, and every command that counts votes.
    @Suite("A node that the library refuses", .timeLimit(.minutes(2)))
    struct StandingTests {
        private struct Seen: Decodable {
            let state: String?
            let verdict: String?
            let outcome: String?
            let event: String?
            let voting: Int?
            let reason: String?
        }

        private struct Removal: Decodable {
            let outcome: String
            let nodes: [Node]

            struct Node: Decodable { let outcome: String }
        }

        private func seen(_ text: String) throws -> [Seen] { try JSONDecoder().decode([Seen].self, from: Data(text.utf8)) }

        @Test("has no vote, whichever command looks: a second name, part of a Cluster, a web server")
        func refused() async throws {
            let web = try HTTPServer()
            defer { web.stop() }
            try await withRedisServer(.init(extra: ["cluster-enabled yes"])) { cluster in
                try await withRedisFleet(2) { fleet in
                    for server in fleet.servers { _ = try await server.cli("SET", "x", "3fa94c01d2e84b7c", "PX", "600000") }
                    // With the second name counted, three of five would hold it.
                    let nodes = fleet.urls + ["redis://localhost:\(fleet[0].port)", cluster.url, "redis://127.0.0.1:\(web.port)"]
                    let program = Program(nodes: nodes)

                    let status = try await program("status", "--json", "--no-quarantine")
                    let states = try seen(status.output)
                    #expect(status.status == 69 && states.map(\.state) == ["votes", "votes", "unfit", "unfit", "unfit"], "\(status)")
                    #expect(states[2].reason?.contains("same server") == true && states[3].reason?.contains("Cluster") == true)
                    let text = try await program("status", "--no-quarantine")
                    #expect(text.output.contains("no vote: is the same server as") && text.output.contains("no lock can be taken"))

                    let list = try await program("list", "--json", "--no-quarantine")
                    #expect(try seen(list.output).map(\.verdict) == ["unknown"], "\(list)")
                    #expect(list.errors.split(separator: "\n").count { $0.contains("has no vote") } == 3, "\(list)")
                    let inspect = try await program("inspect", "x", "--json", "--no-quarantine")
                    #expect(try seen(inspect.output).map(\.verdict) == ["unknown"], "\(inspect)")
                    let watch = try await program("watch", "--json", "--count", "1", "--no-quarantine")
                    let events = try watch.output.split(separator: "\n").map { try JSONDecoder().decode(Seen.self, from: Data($0.utf8)) }
                    #expect(events.count { $0.event == "unfit" } == 3 && events.last?.voting == 2, "\(watch)")

                    let run = try await program("run", "y", "--try", "--no-quarantine", "--", "true")
                    #expect(run.status == 75, "\(run)")
                    let release = try await program("release", "x", "--token", "3fa94c01d2e84b7c", "--json")
                    #expect(release.status == 69, "\(release)")
                    #expect(try seen(release.output).map(\.outcome) == ["unknown"], "\(release)")
                    for server in fleet.servers { #expect(try await server.cli("EXISTS", "x") == "0") }
                }
            }
        }

        @Test("a lock on a server with two names is released once")
        func releasedOnce() async throws {
            try await withRedisFleet(2) { fleet in
                for server in fleet.servers { _ = try await server.cli("SET", "x", "3fa94c01d2e84b7c", "PX", "600000") }
                let program = Program(nodes: [fleet.urls[0], "redis://localhost:\(fleet[0].port)", fleet.urls[1]])
                let release = try await program("release", "x", "--token", "3fa94c01d2e84b7c", "--json")
                let removals = try JSONDecoder().decode([Removal].self, from: Data(release.output.utf8))
                #expect(release.status == 0 && removals.map(\.outcome) == ["released"], "\(release)")
                #expect(removals.first?.nodes.map(\.outcome) == ["released", "unfit", "released"], "\(release)")
            }
        }
    }
}
