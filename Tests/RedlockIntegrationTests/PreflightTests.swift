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

    @Test func `a node of a Cluster is refused unless it serves every slot itself`() async throws {
        try await withRedisFleet(3, RedisServer.Options(extra: ["cluster-enabled yes"])) { fleet in
            _ = try await fleet.servers[1].cli("CLUSTER", "ADDSLOTSRANGE", "0", "8191")
            _ = try await fleet.servers[2].cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
            try await eventually("the Cluster of one node is up") {
                try await fleet.servers[2].cli("CLUSTER", "INFO").contains("cluster_state:ok")
            }
            let reasons = try await reasons(fleet.urls)
            #expect(reasons[0]?.contains("serves 0 of 16384 slots") == true, "\(reasons)")
            #expect(reasons[1]?.contains("serves 8192 of 16384 slots") == true, "\(reasons)")
            #expect(reasons[2]?.contains("slots") != true, "\(reasons)")
            // It is a node like any other, as long as a lock's key and its fencing counter are in one slot.
            try await withRedlock([fleet.urls[2]]) { redlock in
                let plain = try await redlock.acquire("r", ttl: .seconds(10), options: LeaseOptions(extendsItself: false, fencing: false))
                await plain.release()
                let fenced = try await redlock.acquire("{r}", ttl: .seconds(10))
                await fenced.release()
                let error = await #expect(throws: RedlockError.self) { try await redlock.tryAcquire("r", ttl: .seconds(10)) }
                #expect(error?.nodes.first?.reason?.contains("CROSSSLOT") == true, "\(error.debugDescription)")
            }
        }
    }
}
