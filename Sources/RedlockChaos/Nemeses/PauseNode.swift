import RedlockServers
import RedlockSimulation

/// A node stands still for less than a ttl, and then works off what has piled up.
struct PauseNode: Nemesis {
    let name = "pause"
    let summary = "stops a node (SIGSTOP) for less than a ttl"

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl / 10...ttl * 9 / 10 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection { pause(1, of: arena, &random) }

    /// Some nodes, for as long as it may be.
    func pause(_ count: Int, of arena: Arena, _ random: inout PRNG) -> Injection {
        let nodes = arena.someNodes(count, &random)
        for node in nodes { arena.fleet[node].pause() }
        return Injection(nodes.map { .node($0) }, "\(arena.text(of: nodes)) stopped") {
            for node in nodes { arena.fleet[node].resume() }
        }
    }
}
