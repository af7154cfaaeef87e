import RedlockServers
import RedlockSimulation

/// An operator, or a restart, empties the script cache.
struct FlushScripts: Nemesis {
    let name = "script-flush"
    let summary = "SCRIPT FLUSH on all nodes, several times"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let flushing = Task {
            while !Task.isCancelled {
                for server in arena.fleet.servers { await arena.operate(server, "SCRIPT", "FLUSH") }
                try? await Task.sleep(for: .milliseconds(400))
            }
        }
        return Injection((0..<arena.nodes).map { .node($0) }, "SCRIPT FLUSH on all nodes") {
            flushing.cancel()
            await flushing.value
        }
    }
}
