import RedlockServers
import RedlockSimulation

/// Nodes whose wall clocks are a little off and run a little fast or slow, from their start on.
///
/// Up to 0.8 % of the rate is what the drift of 1 % is for, and up to 0.2 s is what fencing tokens stand even when their
/// counters are lost (A5). The clock never steps: a node gets another one only together with an empty memory.
struct SkewedClock: Nemesis {
    let name = "skew"
    let summary = "restarts some nodes, empty, with wall clocks up to 0.2 s off that run up to 0.8 % fast or slow"
    let emptiesMajority = true

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 6...ttl * 10 }
    var missing: String? { NodeClocks.library == nil ? NodeClocks.isMissing : nil }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clocks = try arena.clocks()
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let permille = random.between(4, 8) * (random.chance(2, in: 3) ? 1 : -1)
        let rate = Double(1_000 + permille) / 1_000
        for node in nodes { try clocks.set(node, milliseconds: random.between(-200, 200), rate: rate) }
        try await concurrently(nodes) { try await arena.fleet[$0].wipe() }
        return Injection(nodes.map { .node($0) }, "clocks of \(arena.text(of: nodes)) off, and running at \(rate)") {
            for node in nodes { try clocks.set(node, milliseconds: 0, rate: 1) }
            try await concurrently(nodes) { try await arena.fleet[$0].wipe() }
        }
    }
}
