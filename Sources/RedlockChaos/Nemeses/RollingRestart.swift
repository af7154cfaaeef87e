import RedlockServers
import RedlockSimulation

/// What an operator does for an update, one node after the other and rather quickly.
struct RollingRestart: Nemesis {
    let name = "rolling"
    let summary = "restarts all nodes one after the other, each with its memory lost"
    let emptiesMajority = true

    func span(ttl: Int64) -> ClosedRange<Int64> { ttl * 2...ttl * 4 }

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let order = arena.someNodes(arena.nodes, &random)
        let pause = random.between(50, 600)
        let restarting = Task {
            for node in order where !Task.isCancelled {
                try await arena.fleet[node].wipe()
                try? await Task.sleep(for: .milliseconds(pause))
            }
        }
        return Injection(order.map { .node($0) }, "nodes restarted empty one after the other, \(pause) ms apart") {
            restarting.cancel()
            try await restarting.value
        }
    }
}
