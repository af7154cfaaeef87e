import RedlockSimulation

/// Clients that ask for everything all the time.
struct FloodNodes: Nemesis {
    let name = "flood"
    let summary = "lets half of the clients ask for locks as often as they can"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clients = arena.someClients(max(arena.clients / 2, 1), &random)
        for client in clients { arena.crew.tell(.flood, client) }
        return Injection(clients.map { .client($0) }, "\(arena.text(ofClients: clients)) flood the nodes") {
            for client in clients { arena.crew.tell(.work, client) }
        }
    }
}
