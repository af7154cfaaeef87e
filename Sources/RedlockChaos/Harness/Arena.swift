import Foundation
import RedlockHistory
import RedlockServers
import RedlockSimulation
import Synchronization

/// All that a nemesis can lay its hands on: the nodes, the ways to them, and the clients.
final class Arena: Sendable {
    let plan: RunPlan
    let fleet: RedisFleet
    /// The protected resource; no nemesis touches it.
    let vault: RedisServer
    let proxy: FaultProxy
    let crew: Crew
    let log: RunLog
    private let nodeClocks: NodeClocks?
    private let replicas: [RedisServer]
    private let nextFault = Atomic<Int>(0)

    private init(
        _ plan: RunPlan, fleet: RedisFleet, vault: RedisServer, proxy: FaultProxy, crew: Crew, log: RunLog, clocks: NodeClocks?,
        replicas: [RedisServer]
    ) {
        self.plan = plan
        self.fleet = fleet
        self.vault = vault
        self.proxy = proxy
        self.crew = crew
        self.log = log
        self.replicas = replicas
        nodeClocks = clocks
    }

    /// Starts all servers and the proxy; the clients come later.
    static func start(_ plan: RunPlan, log: RunLog) async throws -> Arena {
        let names = Set(plan.nemeses.map(\.name))
        let clocks =
            names.isDisjoint(with: ["skew", "fast", "step"]) ? nil : try NodeClocks(folder: "\(plan.folder)/clocks", nodes: plan.nodes)
        let firstDurable = names.contains("kill-durable") ? plan.nodes - max(plan.nodes / 2, 1) : plan.nodes
        let fleet = try await RedisFleet.start(
            (0..<plan.nodes).map { node in
                // A replica that asks is sent everything at once. By default it waits for 5 s, and anew after each restart.
                var options = RedisServer.Options(
                    appendonly: node >= firstDurable ? .always : nil, extra: ["repl-diskless-sync-delay 0"])
                options.variables = clocks?.variables(node) ?? [:]
                return options
            })
        let replicas =
            names.contains("promote")
            ? try await RedisFleet.start(
                fleet.servers.prefix(plan.nodes / 2 + 1).map {
                    .init(extra: ["replicaof 127.0.0.1 \($0.port)", "repl-diskless-sync-delay 0"])
                }
            ).servers : []
        let vault = try await RedisServer.start()
        let proxy = try await FaultProxy.start(clients: plan.clients, nodePorts: fleet.servers.map(\.port))
        var random = PRNG(seed: plan.seed)
        let plans = (0..<plan.clients).map { client in
            WorkerPlan(
                process: client + 1, firstLease: 0, seed: random.next(), nodes: proxy.urls(for: client), vault: vault.url,
                resources: plan.resources, ttlMilliseconds: plan.ttlMilliseconds, maxTTLMilliseconds: plan.maxTTLMilliseconds,
                quarantine: plan.quarantine,
                history: "")
        }
        return Arena(
            plan, fleet: fleet, vault: vault, proxy: proxy, crew: Crew(plans, folder: plan.folder, log: log), log: log, clocks: clocks,
            replicas: replicas)
    }

    /// Stops everything, and keeps the servers' logs.
    func stop() async {
        await crew.finish()
        await proxy.stop()
        for (node, server) in fleet.servers.enumerated() {
            try? Data(server.log.utf8).write(to: URL(filePath: "\(plan.folder)/node-\(node + 1).log"))
        }
        for replica in replicas { await replica.stop() }
        await fleet.stop()
        await vault.stop()
    }

    // MARK: For nemeses

    var nodes: Int { plan.nodes }
    var clients: Int { plan.clients }
    /// The most nodes that can be away while locks are still given.
    var minority: Int { (nodes - 1) / 2 }
    /// The nodes that keep what they know on disk.
    var durableNodes: [Int] { fleet.servers.indices.filter { fleet[$0].options.appendonly != nil } }

    func clocks() throws -> NodeClocks {
        guard let nodeClocks else { throw HarnessFailure("the nodes were started without clocks that can be set") }
        return nodeClocks
    }

    func replicatedNodes() throws -> [(node: Int, replica: RedisServer)] { Array(replicas.enumerated()).map { ($0.offset, $0.element) } }

    func someNodes(_ count: Int, _ random: inout PRNG) -> [Int] { some(count, of: nodes, &random) }
    func someClients(_ count: Int, _ random: inout PRNG) -> [Int] { some(count, of: clients, &random) }

    private func some(_ count: Int, of all: Int, _ random: inout PRNG) -> [Int] {
        var rest = Array(0..<all)
        return (0..<min(count, all)).map { _ in rest.remove(at: random.below(rest.count)) }
    }

    func text(of nodes: [Int]) -> String { Self.list("node", nodes, all: self.nodes) }
    func text(ofClients clients: [Int]) -> String { Self.list("client", clients, all: self.clients) }

    private static func list(_ noun: String, _ numbers: [Int], all: Int) -> String {
        if numbers.count == all, all > 1 { return "all \(noun)s" }
        return "\(noun)\(numbers.count == 1 ? "" : "s") \(numbers.sorted().map { "\($0 + 1)" }.joined(separator: ", "))"
    }

    /// Makes some links worse until the injection is undone.
    func worsen(_ links: [FaultLink], _ condition: LinkCondition, targets: [FaultTarget], _ detail: String) -> Injection {
        let fault = nextFault.add(1, ordering: .relaxed).oldValue
        for link in links { link.begin(fault, condition) }
        return Injection(targets, detail) { for link in links { link.end(fault) } }
    }

    func divert(_ node: Int, to port: Int) { for link in proxy.links(to: node) { link.divert(to: port) } }

    /// A command of an operator. That the server is down just then is part of the game.
    func operate(_ server: RedisServer, _ arguments: String...) async { _ = try? await server.command(arguments, seconds: 1) }

    // MARK: For the end of the run

    /// Which node, counted from 1 as everywhere in a report, has which lock's key, with the first bytes of its token as a number.
    func remainingKeys() async -> [(node: Int, token: UInt64)] {
        var found: [(node: Int, token: UInt64)] = []
        for (node, server) in fleet.servers.enumerated() {
            for index in 0..<plan.resources {
                let key = WorkerPlan.keyPrefix + WorkerPlan.resource(index)
                guard let token = try? await server.cli("GET", key), !token.isEmpty else { continue }
                found.append((node + 1, token.utf8.prefix(7).reduce(0) { $0 << 8 | UInt64($1) }))
            }
        }
        return found
    }
}
