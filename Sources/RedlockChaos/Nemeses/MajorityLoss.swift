import RedlockServers
import RedlockSimulation

/// No lock can be given: nobody may believe to have one, and everything must work again afterwards.
struct MajorityLoss: Nemesis {
    let name = "majority"
    let summary = "kills a majority of the nodes at once; they come back empty"
    let emptiesMajority = true

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(arena.minority + 1 + random.below(arena.nodes - arena.minority), &random)
        let servers = nodes.map { arena.fleet[$0] }
        await concurrently(servers) { await $0.kill() }
        return Injection(nodes.map { .node($0) }, "\(arena.text(of: nodes)) killed, to come back empty") {
            try await concurrently(servers) { try await $0.wipe() }
        }
    }
}
