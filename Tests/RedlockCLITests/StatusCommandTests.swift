import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock status", .timeLimit(.minutes(2)))
    struct StatusCommandTests {
        private struct Node: Decodable {
            let state: String
            let reachable: Bool
            let votes: Bool
            let version: String?
            let role: String?
            let round_trip_us: Int64?
            let quarantine_ms: Int64?
            let reason: String?
        }

        private func status(_ program: Program, _ options: String...) async throws -> (Int32, [Node]) {
            let result = try await program.start(["status", "--json", "--timeout", "1s"] + options).end
            return (result.status, try JSONDecoder().decode([Node].self, from: Data(result.output.utf8)))
        }

        @Test("shows a paused and a dead node, and fails without a quorum")
        func paused() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                let (healthy, all) = try await status(program, "--no-quarantine")
                #expect(healthy == 0)
                #expect(all.allSatisfy { $0.state == "votes" && $0.role == "master" && ($0.round_trip_us ?? 0) > 0 && $0.version != nil })

                fleet[1].pause()
                await fleet[2].kill()
                let (twoDown, nodes) = try await status(program, "--no-quarantine")
                #expect(twoDown == 0)
                #expect(nodes.map(\.state) == ["votes", "unreachable", "unreachable", "votes", "votes"])
                #expect(nodes[1].reason?.contains("answer") == true, "\(nodes[1])")
                #expect(nodes[2].reason?.contains("refused") == true, "\(nodes[2])")

                _ = try await fleet[3].cli("REPLICAOF", "127.0.0.1", "\(fleet[0].port)")
                let (replica, after) = try await status(program, "--no-quarantine")
                #expect(replica == 69)
                #expect(
                    after[3].state == "unfit" && after[3].role == "slave" && after[3].reason?.contains("replica") == true
                        && after[3].reachable && !after[3].votes)
            }
        }

        @Test("shows nodes that restarted a short time ago as quarantined")
        func quarantined() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                let (code, nodes) = try await status(program)
                #expect(code == 69)
                #expect(
                    nodes.allSatisfy {
                        $0.state == "quarantined" && $0.reachable && !$0.votes && (1...64_000).contains($0.quarantine_ms ?? 0)
                    })
                let text = try await program("status")
                #expect(text.status == 69)
                #expect(text.output.contains("quarantined") && text.output.contains("no lock can be taken"))
                #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })

                let refused = try await program("run", "x", "--try", "--", "true")
                #expect(refused.status == 75)
                #expect(refused.errors.contains("is quarantined"), "\(refused.errors)")
            }
        }

        @Test("says what is wrong with a password, and never shows it")
        func password() async throws {
            try await withRedisServer(.init(password: "s3cret")) { server in
                let right = try await Program(nodes: [server.url])("status", "--no-quarantine")
                #expect(right.status == 0 && !right.output.contains("s3cret"))
                let wrong = try await Program(nodes: ["redis://:wr0ng@127.0.0.1:\(server.port)"])("status")
                #expect(wrong.status == 69 && !wrong.output.contains("wr0ng"))
                #expect(wrong.output.contains("no vote:"))
            }
        }
    }
}
