import RedlockHistory
import RedlockSimulation

/// Wall clocks of running nodes jump, and with them the expiry of every key.
struct StepClock: Nemesis {
    let name = "step"
    let summary = "steps the wall clocks of some running nodes forward or back by a few ttls"
    let breaks: Assumption? = .clockStep

    var missing: String? { NodeClocks.library == nil ? NodeClocks.isMissing : nil }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clocks = try arena.clocks()
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let step = random.between(1, 4) * (random.chance(2, in: 3) ? 1 : -1)
        for node in nodes { try clocks.set(node, milliseconds: step * 1_000, rate: 1) }
        return Injection(nodes.map { .node($0) }, "clocks of \(arena.text(of: nodes)) stepped by \(step) s") {
            for node in nodes { try clocks.set(node, milliseconds: 0, rate: 1) }
        }
    }
}
