import RedlockServers
import RedlockSimulation

/// A node loses its power and, when it comes back, its memory.
struct KillNode: Nemesis {
    let name = "kill"
    let summary = "kills a node (SIGKILL) and starts it again with its memory lost"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let node = random.below(arena.nodes)
        let server = arena.fleet[node]
        await server.kill()
        return Injection([.node(node)], "node \(node + 1) killed, to come back empty") { try await server.wipe() }
    }
}
