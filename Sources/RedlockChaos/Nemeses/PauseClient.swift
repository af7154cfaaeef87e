import RedlockSimulation

/// A holder that sleeps past its lease and wakes up believing to hold the lock.
struct PauseClient: Nemesis {
    let name = "client-pause"
    let summary = "stops some client processes (SIGSTOP) until their leases are over"

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 6 / 5...ttl * 3 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let clients = arena.someClients(1 + random.below(max(arena.clients / 2, 1)), &random)
        for client in clients { arena.crew.pause(client) }
        return Injection(clients.map { .client($0) }, "\(arena.text(ofClients: clients)) stopped") {
            for client in clients { arena.crew.resume(client) }
        }
    }
}
