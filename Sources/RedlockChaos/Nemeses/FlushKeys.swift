import RedlockHistory
import RedlockServers
import RedlockSimulation

/// An operator in the wrong terminal.
struct FlushKeys: Nemesis {
    let name = "flushall"
    let summary = "FLUSHALL on some nodes: locks and fencing counters are gone, and nothing tells"
    let breaks: Assumption? = .foreignDelete

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl / 10...ttl / 2 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        for node in nodes { await arena.operate(arena.fleet[node], "FLUSHALL") }
        return Injection(nodes.map { .node($0) }, "FLUSHALL on \(arena.text(of: nodes))")
    }
}
