import RedlockSimulation

/// What is asked arrives and what is answered does not, or the other way round.
struct OneWayBlackhole: Nemesis {
    let name = "one-way"
    let summary = "keeps back either the requests or the replies between some clients and some nodes, until it heals"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let clients = arena.someClients(1 + random.below(arena.clients), &random)
        let requests = random.chance(1, in: 2)
        return arena.worsen(
            clients.flatMap { client in nodes.map { arena.proxy.link(client, $0) } },
            LinkCondition(holdsRequests: requests, holdsReplies: !requests),
            targets: nodes.map { .node($0) } + clients.map { .client($0) },
            "\(requests ? "requests" : "replies") kept back between \(arena.text(ofClients: clients)) and \(arena.text(of: nodes))")
    }
}
