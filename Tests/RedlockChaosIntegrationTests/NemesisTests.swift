import Foundation
import RedlockNode
import RedlockServers
import RedlockSimulation
import Testing

@testable import RedlockChaos

/// That each fault does what it says to real nodes, and is undone. Those of links: ``FaultProxyTests``; of clients: ``RunTests``.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct NemesisTests {
    /// Injects the fault into three nodes that all have a key, and undoes it afterwards.
    private func under(
        _ nemesis: any Nemesis, seed: UInt64 = 1, _ body: (Arena, [Int]) async throws -> Void,
        afterwards: (Arena, [Int]) async throws -> Void = { _, _ in }
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-test-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var plan = RunPlan(folder: folder.path)
        (plan.nodes, plan.clients, plan.nemeses) = (3, 1, [nemesis])
        let arena = try await Arena.start(plan, log: RunLog())
        do {
            for server in arena.fleet.servers { _ = try await server.cli("SET", "key", "value") }
            var random = PRNG(seed: seed)
            let injection = try await nemesis.inject(into: arena, &random)
            let nodes = injection.targets.compactMap { if case .node(let node) = $0 { node } else { nil } }
            #expect(!nodes.isEmpty)
            try await body(arena, nodes)
            try await injection.undo()
            try await afterwards(arena, nodes)
            for server in arena.fleet.servers { #expect(try await server.cli("PING") == "PONG") }
        } catch {
            Issue.record(error)
        }
        await arena.stop()
    }

    private func hasKey(_ arena: Arena, _ node: Int) async throws -> Bool { try await arena.fleet[node].cli("EXISTS", "key") == "1" }

    private func nodesWithKey(_ arena: Arena) async throws -> [Int] {
        var nodes: [Int] = []
        for node in 0..<arena.nodes where try await hasKey(arena, node) { nodes.append(node) }
        return nodes
    }

    @Test(
        "Killed nodes are away; they come back without what they knew, or with it, and the others keep it",
        arguments: [(KillNode() as any Nemesis, false), (MajorityLoss(), false), (KillDurableNode(), true)])
    func killed(nemesis: any Nemesis, keeps: Bool) async throws {
        try await under(nemesis) { (arena, nodes) async throws in
            for node in 0..<arena.nodes { #expect((arena.fleet[node].pid == nil) == nodes.contains(node)) }
        } afterwards: { (arena, nodes) async throws in
            #expect(try await nodesWithKey(arena) == (0..<arena.nodes).filter { keeps || !nodes.contains($0) })
        }
    }

    @Test("A rolling restart empties every node in the end")
    func rolling() async throws {
        try await under(RollingRestart()) { (arena, _) async throws in
            // A node that is just down does not answer.
            let areEmpty = try await eventually { (try? await nodesWithKey(arena))?.isEmpty ?? false }
            #expect(areEmpty)
        }
    }

    @Test("Stopped nodes stand still, and go on", arguments: [PauseNode() as any Nemesis, PauseNodeLong()])
    func stopped(nemesis: any Nemesis) async throws {
        func states(_ arena: Arena) throws -> [Int: Bool] {
            let states = try ProcessTree.descendants(of: getpid())
            return Dictionary(uniqueKeysWithValues: (0..<arena.nodes).map { ($0, arena.fleet[$0].pid.flatMap { states[$0] } == "T") })
        }
        try await under(nemesis) { (arena, nodes) async throws in
            #expect(try states(arena).filter(\.value).keys.sorted() == nodes.sorted())
        } afterwards: { (arena, _) async throws in
            #expect(try states(arena).filter(\.value).isEmpty)
        }
    }

    @Test("Full nodes drop keys, and serve in between")
    func evicting() async throws {
        try await under(EvictKeys()) { (arena, nodes) async throws in
            for node in nodes {
                #expect(try await eventually { try await !hasKey(arena, node) })
                #expect(try await eventually { try await arena.fleet[node].cli("SET", "other", "value") == "OK" })
            }
        } afterwards: { (arena, nodes) async throws in
            for node in nodes { #expect(try await arena.fleet[node].cli("CONFIG", "GET", "maxmemory") == "maxmemory\n0") }
        }
    }

    @Test("FLUSHALL empties the nodes that it names")
    func flushed() async throws {
        try await under(FlushKeys()) { (arena, nodes) async throws in
            #expect(try await nodesWithKey(arena) == (0..<arena.nodes).filter { !nodes.contains($0) })
        }
    }

    @Test("SCRIPT FLUSH forgets scripts")
    func scripts() async throws {
        try await under(FlushScripts()) { (arena, nodes) async throws in
            for node in nodes {
                let digest = try await arena.fleet[node].cli("SCRIPT", "LOAD", "return 'nobody else loads this'")
                #expect(try await eventually { try await arena.fleet[node].cli("SCRIPT", "EXISTS", digest) == "0" })
            }
        }
    }

    @Test("CLIENT KILL closes the connections of clients")
    func kicked() async throws {
        try await under(KickClients()) { (arena, nodes) async throws in
            let client = try await RecipeConnection(to: arena.proxy.urls(for: 0)[nodes[0]], Conduct())
            let first = try? await client.run("CLIENT", "ID")
            let isAnother = try await eventually {
                let second = try? await client.run("CLIENT", "ID")
                return second != nil && second != first
            }
            #expect(isAnother)
            client.close()
        }
    }

    @Test("Replicas take the place of their primaries, and hand back what they have got, but not what they had missed")
    func promoted() async throws {
        try await under(PromoteReplica()) { (arena, nodes) async throws in
            for node in nodes {
                _ = try await arena.fleet[node].cli("SET", "missed", "value")
                let client = try await RecipeConnection(to: arena.proxy.urls(for: 0)[node], Conduct())
                try await client.run("SET", "got", "value")
                #expect(try await client.run("EXISTS", "missed") == .integer(0))
                client.close()
            }
        } afterwards: { (arena, nodes) async throws in
            for node in nodes { #expect(try await arena.fleet[node].cli("EXISTS", "got", "missed") == "1") }
            #expect(try await arena.fleet[nodes[0]].cli("EXISTS", "got") == "1")
        }
    }

    /// How far a node's wall clock is ahead.
    private func secondsAhead(_ arena: Arena, _ node: Int) async throws -> Double {
        let time = try await arena.fleet[node].cli("TIME").split(separator: "\n").compactMap { Double($0) }
        return time[0] + time[1] / 1e6 - Date().timeIntervalSince1970
    }

    @Test("Stepped clocks are off by a second and more, and right again afterwards", .enabled(if: StepClock().missing == nil))
    func stepped() async throws {
        try await under(StepClock()) { (arena, nodes) async throws in
            for node in nodes { #expect(try await eventually { try await abs(secondsAhead(arena, node)) > 0.5 }) }
        } afterwards: { (arena, nodes) async throws in
            for node in nodes { #expect(try await eventually { try await abs(secondsAhead(arena, node)) < 0.5 }) }
        }
    }

    @Test("Fast clocks get ahead, on nodes that were emptied", .enabled(if: FastClocks().missing == nil))
    func fast() async throws {
        try await under(FastClocks()) { (arena, nodes) async throws in
            #expect(nodes.count >= 2)
            #expect(try await nodesWithKey(arena) == (0..<arena.nodes).filter { !nodes.contains($0) })
            for node in nodes { #expect(try await eventually { try await secondsAhead(arena, node) > 0.015 }) }
        } afterwards: { (arena, nodes) async throws in
            for node in nodes { #expect(try await secondsAhead(arena, node) < 0.01) }
        }
    }
}
