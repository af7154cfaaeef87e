import RedlockSimulation

/// Requests and replies arrive in pieces.
struct SlicedBytes: Nemesis {
    let name = "slice"
    let summary = "delivers the bytes to and from some nodes a few at a time"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let slice = Int(random.between(1, 40))
        return arena.worsen(
            nodes.flatMap { arena.proxy.links(to: $0) }, LinkCondition(slice: slice), targets: nodes.map { .node($0) },
            "\(slice) bytes at a time for \(arena.text(of: nodes))")
    }
}
