import RedlockHistory
import RedlockServers
import RedlockSimulation

/// A node that is not one server but a primary and its replica: the replica takes over without what it had not received.
///
/// Nobody is restarted, so no quarantine stands in the way of what then goes wrong.
struct PromoteReplica: Nemesis {
    let name = "promote"
    let summary = "puts a replica that lags in the place of its primary, on a majority of the nodes at once"
    let breaks: Assumption? = .replicaPromoted

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl...ttl * 2 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let pairs = try arena.replicatedNodes()
        // The replicas stop to listen a moment before they take over.
        for pair in pairs { await arena.operate(pair.replica, "REPLICAOF", "NO", "ONE") }
        try? await Task.sleep(for: .milliseconds(random.between(50, 400)))
        for pair in pairs { arena.divert(pair.node, to: pair.replica.port) }
        return Injection(pairs.map { .node($0.node) }, "replicas in place of \(arena.text(of: pairs.map(\.node)))") {
            try await concurrently(pairs) { pair in
                let primary = arena.fleet[pair.node]
                // The old primary learns what it missed before it takes over again, but for the last moment.
                try await follow(primary, pair.replica)
                await arena.operate(primary, "REPLICAOF", "NO", "ONE")
                arena.divert(pair.node, to: primary.port)
                try await follow(pair.replica, primary)
            }
        }
    }

    /// Lets one server copy all of another.
    private func follow(_ replica: RedisServer, _ primary: RedisServer) async throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            // Again and again: another fault may restart one of them at any moment.
            _ = try? await replica.command(["REPLICAOF", "127.0.0.1", "\(primary.port)"], seconds: 1)
            try? await Task.sleep(for: .milliseconds(50))
            let state = try? await replica.command(["INFO", "replication"], seconds: 1)
            if state?.contains("master_link_status:up") == true { return }
        }
        throw HarnessFailure("the server on port \(replica.port) did not copy that on port \(primary.port) within 20 s")
    }
}
