import RedlockHistory
import RedlockServers
import RedlockSimulation

/// A node that is set up as a cache, and full.
///
/// Its memory is short for moments only: in between it gives locks again whose keys it has dropped.
struct EvictKeys: Nemesis {
    let name = "evict"
    let summary = "lets some nodes run out of memory with allkeys-lru again and again, so that they drop locks"
    let breaks: Assumption? = .foreignDelete

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let servers = nodes.map { arena.fleet[$0] }
        let pause = random.between(50, 300)
        let squeezing = Task {
            for server in servers { await arena.operate(server, "CONFIG", "SET", "maxmemory-policy", "allkeys-lru") }
            while !Task.isCancelled {
                for maxmemory in ["1", "0"] {
                    // What is too much is dropped before the next command.
                    await concurrently(servers) { await arena.operate($0, "CONFIG", "SET", "maxmemory", maxmemory) }
                }
                try? await Task.sleep(for: .milliseconds(pause))
            }
            for server in servers { await arena.operate(server, "CONFIG", "SET", "maxmemory-policy", "noeviction") }
        }
        return Injection(nodes.map { .node($0) }, "\(arena.text(of: nodes)) out of memory every \(pause) ms, evicting") {
            squeezing.cancel()
            await squeezing.value
        }
    }
}
