import Redlock
import RedlockServers
import Testing

/// Servers that must not be nodes are not asked, and the error says why.
@Suite(.timeLimit(.minutes(2))) struct PreflightTests {
    /// The reasons the nodes give when too few of them are fit for a quorum.
    private func reasons(_ urls: [String]) async throws -> [String?] {
        try await withRedlock(urls) { redlock in
            let error = await #expect(throws: RedlockError.self) { try await redlock.tryAcquire("r", ttl: .seconds(5)) }
            #expect(error?.code == .unreachable)
            return error?.nodes.map(\.reason) ?? []
        }
    }

    @Test func `one server under several names votes once`() async throws {
        try await withRedisServer { server in
            let reasons = try await reasons([server.url, "redis://localhost:\(server.port)", "redis://[::ffff:127.0.0.1]:\(server.port)"])
            #expect(reasons[0] == nil)
            #expect(reasons.count { $0?.contains("is the same server as redis://") == true } == 2)
            #expect(try await server.cli("EXISTS", "r") == "0")
        }
    }

    @Test func `a replica is refused`() async throws {
        try await withRedisFleet(3) { fleet in
            let master = fleet.servers[0]
            for index in 1...2 {
                _ = try await fleet.servers[index].cli("REPLICAOF", "127.0.0.1", "\(master.port)")
                try await eventually("replicates") {
                    try await fleet.servers[index].cli("INFO", "replication").contains("master_link_status:up")
                }
            }
            let reasons = try await reasons(fleet.urls)
            #expect(reasons[0] == nil)
            #expect(reasons[1...].allSatisfy { $0?.contains("replica") == true })
        }
    }

    @Test func `a node of a cluster that keeps other slots fails with that reason`() async throws {
        try await withRedisFleet(3, RedisServer.Options(extra: ["cluster-enabled yes"])) { fleet in
            let reasons = try await reasons(fleet.urls)
            #expect(reasons.contains { $0?.contains("Redis Cluster") == true })
        }
    }
}
