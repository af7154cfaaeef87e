import NIOCore
import RedlockSimulation

/// Some nodes are far away.
struct SlowLinks: Nemesis {
    let name = "slow"
    let summary = "delays everything to and from some nodes by up to a third of a second, with jitter"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(1 + random.below(arena.nodes), &random)
        let delay = random.between(5, 150)
        let jitter = random.between(0, 150)
        let condition = LinkCondition(delay: .milliseconds(delay), jitter: .milliseconds(jitter))
        return arena.worsen(
            nodes.flatMap { arena.proxy.links(to: $0) }, condition, targets: nodes.map { .node($0) },
            "\(delay) to \(delay + jitter) ms each way for \(arena.text(of: nodes))")
    }
}
