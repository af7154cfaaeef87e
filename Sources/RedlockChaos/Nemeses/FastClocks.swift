import RedlockServers
import RedlockSimulation

/// Clocks of a majority run fast, and with them the expiry of every key; by less than the drift of 1 % that validity allows for.
///
/// Meanwhile half of the clients rely on their leases to the last moment, and each has another that waits for just that
/// moment. What is subtracted for drift is all that stands between them: 25 ms of a ttl of 2.5 s, of which these clocks take 22.
struct FastClocks: Nemesis {
    let name = "fast"
    let summary = "restarts a majority of the nodes, empty, with wall clocks that run 0.9 % fast, while clients hold to the end"
    let emptiesMajority = true

    /// Long enough for the quarantine and some leases.
    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 10...ttl * 14 }
    var missing: String? { NodeClocks.library == nil ? NodeClocks.isMissing : nil }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clocks = try arena.clocks()
        let nodes = arena.someNodes(arena.minority + 1 + random.below(arena.nodes - arena.minority), &random)
        for node in nodes { try clocks.set(node, milliseconds: 0, rate: 1.009) }
        try await concurrently(nodes) { try await arena.fleet[$0].wipe() }
        for client in 0..<arena.clients { arena.crew.tell(client % 2 == 0 ? .cling : .pounce, client) }
        return Injection(nodes.map { .node($0) }, "clocks of \(arena.text(of: nodes)) running 0.9 % fast, clients holding to the end") {
            for client in 0..<arena.clients { arena.crew.tell(.work, client) }
            for node in nodes { try clocks.set(node, milliseconds: 0, rate: 1) }
            try await concurrently(nodes) { try await arena.fleet[$0].wipe() }
        }
    }
}
