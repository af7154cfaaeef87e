import RedlockServers
import RedlockSimulation

/// An operator closes all connections.
struct KickClients: Nemesis {
    let name = "kick"
    let summary = "CLIENT KILL for every connection to some nodes, several times"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let kicking = Task {
            while !Task.isCancelled {
                for node in nodes { await arena.operate(arena.fleet[node], "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes") }
                try? await Task.sleep(for: .milliseconds(300))
            }
        }
        return Injection(nodes.map { .node($0) }, "CLIENT KILL on \(arena.text(of: nodes))") {
            kicking.cancel()
            await kicking.value
        }
    }
}
