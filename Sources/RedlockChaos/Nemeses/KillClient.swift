import RedlockSimulation

/// A holder that is gone without a word.
struct KillClient: Nemesis {
    let name = "client-kill"
    let summary = "kills some client processes (SIGKILL) and starts others in their place"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clients = arena.someClients(1 + random.below(max(arena.clients / 2, 1)), &random)
        let crew = arena.crew
        for client in clients { await crew.kill(client) }
        return Injection(clients.map { .client($0) }, "\(arena.text(ofClients: clients)) killed") {
            for client in clients { try await crew.start(client) }
        }
    }
}
