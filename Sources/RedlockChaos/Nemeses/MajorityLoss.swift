import RedlockServers
import RedlockSimulation

/// No lock can be given: nobody may believe to have one, and everything must work again afterwards.
struct MajorityLoss: Nemesis {
    let name = "majority"
    let summary = "kills a majority of the nodes at once; they come back empty"

    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection {
        let nodes = arena.someNodes(arena.minority + 1 + random.below(arena.nodes - arena.minority), &random)
        let servers = nodes.map { arena.fleet[$0] }
        await concurrently(servers) { await $0.kill() }
        return Injection(nodes.map { .node($0) }, "\(arena.text(of: nodes)) killed, to come back empty") {
            try await concurrently(servers) { try await $0.wipe() }
        }
    }
}

/// Does something with all of them at once; every one is tried, and the first error is thrown.
func concurrently<Element: Sendable>(_ elements: [Element], _ action: @escaping @Sendable (Element) async throws -> Void) async throws {
    let errors = await withTaskGroup(of: (any Error)?.self) { group in
        for element in elements {
            group.addTask {
                do { try await action(element) } catch { return error }; return nil
            }
        }
        var errors: [any Error] = []
        for await error in group { if let error { errors.append(error) } }
        return errors
    }
    if let first = errors.first { throw first }
}

/// The same where nothing can go wrong.
func concurrently<Element: Sendable>(_ elements: [Element], _ action: @escaping @Sendable (Element) async -> Void) async {
    await withTaskGroup { group in
        for element in elements { group.addTask { await action(element) } }
    }
}
