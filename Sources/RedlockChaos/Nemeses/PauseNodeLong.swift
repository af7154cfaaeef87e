import RedlockSimulation

/// A minority stands still until every lock it knew of is over, and wakes up with requests of long ago.
struct PauseNodeLong: Nemesis {
    let name = "pause-long"
    let summary = "stops a minority of the nodes (SIGSTOP) for longer than a ttl"

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 3 / 2...ttl * 4 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        PauseNode().pause(1 + random.below(arena.minority), of: arena, &random)
    }
}
