import Redlock
import RedlockServers

/// W7: how costs grow with the number of nodes, of resources and of lanes.
enum Growth: Workload {
    static let name = "W7"
    static let title = "growth with nodes, resources, lanes"

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        try await nodes(bench)
        try await resources(bench, fleet)
        try await lanes(bench, fleet)
    }

    private static func nodes(_ bench: Bench) async throws {
        let counts = [5, 1, 3, 7, 9, 15]
        try await withRedisFleet(counts.max() ?? 5) { many in
            let clients = try counts.map { try bench.client(Array(many.urls.prefix($0))) }
            let contestants = zip(counts, clients).map { count, client in
                LibraryContestant(client, concurrency: 64, name: "\(count) nodes", meter: bench.meter(many))
            }
            try await compare(contestants, counts, of: "node", bench)
            for client in clients { await client.shutdown() }
        }
    }

    private static func resources(_ bench: Bench, _ fleet: RedisFleet) async throws {
        let counts = [1, 10, 100, 1_000, 10_000]
        let client = try bench.client(fleet.urls)
        let contestants = counts.map { count in
            LibraryContestant(client, concurrency: 1, name: "\(count) resources", resourcesEach: count, meter: bench.meter(fleet))
        }
        try await compare(contestants, counts, of: "resource", bench)
        await client.shutdown()
    }

    private static func lanes(_ bench: Bench, _ fleet: RedisFleet) async throws {
        let counts = [1, 2, 4, 8]
        let clients = try counts.map { try bench.client(fleet.urls, lanes: $0) }
        let contestants = zip(counts, clients).map { count, client in
            LibraryContestant(client, concurrency: 256, name: "\(count) lanes", meter: bench.meter(fleet))
        }
        try await compare(contestants, counts, of: "lane", bench)
        for client in clients { await client.shutdown() }
    }

    /// All beside the first.
    private static func compare(_ contestants: [LibraryContestant], _ counts: [Int], of what: String, _ bench: Bench) async throws {
        bench.progress.heading = "\(name) \(what)s"
        let seconds = bench.isQuick ? bench.turn / 2 : bench.turn
        let match = try await Match(contestants, turns: bench.turns, seconds: seconds, progress: bench.progress)
        for metric in [Metric.acquireP50, .clientCPU, .serverCPU, .rate] {
            let points = counts.indices.map { (Double(counts[$0]), Spread(match.values(metric, of: $0))?.median ?? 0) }
            bench.report.add(
                Report.Growth(panel: "\(what)s", quantity: metric.rawValue, unit: metric.unit, points: points.sorted { $0.0 < $1.0 }))
        }
        for index in counts.indices.dropFirst() {
            for metric in [Metric.acquireP50, .clientCPU, .rate] {
                bench.report.add(
                    Figure(name, counted(counts[index], what), metric, in: match, of: index, against: 0, named: counted(counts[0], what)))
            }
        }
    }

    private static func counted(_ count: Int, _ what: String) -> String {
        "\(Quantity.grouped(Double(count))) \(what)\(count == 1 ? "" : "s")"
    }
}
