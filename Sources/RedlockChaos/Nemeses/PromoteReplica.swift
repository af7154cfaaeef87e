import RedlockHistory
import RedlockServers
import RedlockSimulation

/// A node that is not one server but a primary and its replica: the replica takes over without what it had not received.
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
            // The old primaries come back empty and take over again.
            for pair in pairs {
                try await arena.fleet[pair.node].wipe()
                arena.divert(pair.node, to: arena.fleet[pair.node].port)
                await arena.operate(pair.replica, "REPLICAOF", "127.0.0.1", "\(arena.fleet[pair.node].port)")
            }
        }
    }
}
