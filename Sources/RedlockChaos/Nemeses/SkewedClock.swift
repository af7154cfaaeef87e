import RedlockServers
import RedlockSimulation

/// A node whose wall clock is wrong from its start on, and runs a little fast or slow: locks do not depend on it.
struct SkewedClock: Nemesis {
    let name = "skew"
    let summary = "restarts a node, empty, with a wall clock that is hours off and runs up to 0.5 % fast or slow"

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 5...ttl * 8 }
    var missing: String? { NodeClocks.library == nil ? NodeClocks.isMissing : nil }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clocks = try arena.clocks()
        let node = random.below(arena.nodes)
        let offset = random.between(-36_000, 36_000)
        let rate = 1 + Double(random.between(-5, 5)) / 1_000
        try clocks.set(node, offset: offset, rate: rate)
        try await arena.fleet[node].wipe()
        return Injection([.node(node)], "clock of node \(node + 1) off by \(offset) s, running at \(rate)") {
            try clocks.set(node, offset: 0, rate: 1)
            try await arena.fleet[node].wipe()
        }
    }
}
