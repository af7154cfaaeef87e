import RedlockServers
import RedlockSimulation

/// The same with a node that has written everything to disk.
struct KillDurableNode: Nemesis {
    let name = "kill-durable"
    let summary = "kills a node that writes everything to disk (appendfsync always) and starts it again with all its keys"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let node = random.pick(arena.durableNodes)
        let server = arena.fleet[node]
        await server.kill()
        return Injection([.node(node)], "node \(node + 1) killed, to come back with its keys") { try await server.restart() }
    }
}
