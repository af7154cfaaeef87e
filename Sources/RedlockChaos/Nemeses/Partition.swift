import RedlockSimulation

/// Some clients cannot reach some nodes. Each side may believe that it is the whole world.
struct Partition: Nemesis {
    let name = "partition"
    let summary = "cuts some clients off from some nodes, both ways; what was on its way arrives when it heals"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes - 1), &random)
        let clients = arena.someClients(1 + random.below(arena.clients), &random)
        return arena.worsen(
            clients.flatMap { client in nodes.map { arena.proxy.link(client, $0) } },
            LinkCondition(holdsRequests: true, holdsReplies: true), targets: nodes.map { .node($0) } + clients.map { .client($0) },
            "\(arena.text(ofClients: clients)) cut off from \(arena.text(of: nodes))")
    }
}
