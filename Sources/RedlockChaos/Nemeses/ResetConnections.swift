import RedlockSimulation

/// Connections break in the middle of everything: nobody knows what the node has executed.
struct ResetConnections: Nemesis {
    let name = "reset"
    let summary = "resets the connections between some clients and some nodes, several times"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let clients = arena.someClients(1 + random.below(arena.clients), &random)
        let pause = random.between(20, 300)
        let links = clients.flatMap { client in nodes.map { arena.proxy.link(client, $0) } }
        let resetting = Task {
            while !Task.isCancelled {
                for link in links { link.reset() }
                try? await Task.sleep(for: .milliseconds(pause))
            }
        }
        return Injection(
            nodes.map { .node($0) } + clients.map { .client($0) },
            "connections of \(arena.text(ofClients: clients)) to \(arena.text(of: nodes)) reset every \(pause) ms"
        ) { resetting.cancel() }
    }
}
