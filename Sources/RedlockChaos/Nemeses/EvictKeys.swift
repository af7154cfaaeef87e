import RedlockHistory
import RedlockServers
import RedlockSimulation

/// A node that is set up as a cache, and full.
struct EvictKeys: Nemesis {
    let name = "evict"
    let summary = "lets some nodes run out of memory with allkeys-lru, so that they drop locks"
    let breaks: Assumption? = .foreignDelete

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let servers = nodes.map { arena.fleet[$0] }
        for server in servers {
            await arena.operate(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru")
            await arena.operate(server, "CONFIG", "SET", "maxmemory", "1")
        }
        return Injection(nodes.map { .node($0) }, "\(arena.text(of: nodes)) out of memory, evicting") {
            for server in servers {
                await arena.operate(server, "CONFIG", "SET", "maxmemory", "0")
                await arena.operate(server, "CONFIG", "SET", "maxmemory-policy", "noeviction")
            }
        }
    }
}
