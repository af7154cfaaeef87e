import Redlock
import RedlockCore
import RedlockServers

/// W6: many leases that are held and extend themselves: CPU of an extension over five nodes, memory of a lease.
enum HeldLeases: Workload {
    static let name = "W6"
    static let title = "10,000 and 100,000 leases that extend themselves"

    static let many = 100_000
    static let cpu = "client CPU/extension"
    static let memory = "memory/lease"

    static func circumstances(_ count: Int) -> String { "\(Quantity.grouped(Double(count))) leases" }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        for count in bench.isQuick ? [10_000] : [10_000, many] {
            // A third of it is the time in which every lease is extended once.
            let ttl: Duration = count < many ? .seconds(12) : .seconds(60)
            bench.progress.heading = "\(name) \(circumstances(count))"
            try await hold(count, ttl, bench, fleet)
        }
    }

    private static func hold(_ count: Int, _ ttl: Duration, _ bench: Bench, _ fleet: RedisFleet) async throws {
        let redlock = try bench.client(fleet.urls)
        await (try redlock.acquire("bench/first", ttl: ttl)).release()
        let before = ProcessStatistics.residentBytes(trimmed: true)
        bench.progress.show("acquiring")
        let leases = try await acquire(count, ttl, from: redlock)
        let after = ProcessStatistics.residentBytes()

        bench.progress.show("watching them extend themselves")
        let meter = bench.meter(fleet)
        let extended = try await extensions(fleet[0])
        let trial = try await meter.measure { try await Task.sleep(for: ttl / 3) }
        let extensions = Double(try await extensions(fleet[0]) - extended)
        guard extensions > 0, leases.allSatisfy(\.isValid) else { throw BenchError("\(count) leases did not extend themselves") }

        bench.report.add(Figure(name, circumstances(count), cpu, .microseconds, [trial.clientCPU / extensions]))
        bench.report.add(Figure(name, circumstances(count), "servers' CPU/extension", .microseconds, [trial.serverCPU / extensions]))
        bench.report.add(Figure(name, circumstances(count), "extensions", .perSecond, [extensions / trial.seconds]))
        bench.report.add(Figure(name, circumstances(count), memory, .bytes, [Double(max(after - before, 0)) / Double(count)]))
        bench.progress.show("letting go of them")
        await redlock.shutdown()
        for server in fleet.servers { _ = try await server.cli("FLUSHALL") }
    }

    private static func acquire(_ count: Int, _ ttl: Duration, from redlock: Redlock) async throws -> [Lease] {
        try await withThrowingTaskGroup(of: [Lease].self) { group in
            let workers = 256
            for worker in 0..<workers {
                group.addTask {
                    var own: [Lease] = []
                    for index in stride(from: worker, to: count, by: workers) {
                        own.append(try await redlock.acquire("bench/held/\(index)", ttl: ttl, options: .extending))
                    }
                    return own
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    /// How many scripts a server has run; here these are extensions only.
    private static func extensions(_ server: RedisServer) async throws -> Int {
        let statistics = try await server.cli("INFO", "commandstats")
        let line = statistics.split(whereSeparator: \.isNewline).first { $0.hasPrefix("cmdstat_evalsha:calls=") }
        return line.flatMap { Int($0.dropFirst(22).prefix { $0.isNumber }) } ?? 0
    }
}
