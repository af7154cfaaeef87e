import Redlock
import RedlockServers

/// W4: many want one lock. Beside one task that has the lock to itself.
enum Contention: Workload {
    static let name = "W4"
    static let title = "2, 16, 64 contenders for one lock"

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        let redlock = try bench.client(fleet.urls)
        let meter = bench.meter(fleet)
        for contenders in [2, 16, 64] {
            let contestants: [any Contestant] = [
                LibraryContestant(contending: redlock, concurrency: contenders, meter: meter),
                LibraryContestant(redlock, concurrency: 1, name: "alone", meter: meter),
            ]
            bench.progress.heading = "\(name) \(contenders) contenders"
            let match = try await Match(contestants, turns: bench.turns, seconds: bench.turn, progress: bench.progress)
            for metric in [Metric.rate, .acquireP50, .acquireP99, .clientCPU, .serverCPU] {
                bench.report.add(Figure(name, "\(contenders) contenders", metric, in: match, against: 1, named: "alone"))
            }
        }
        await redlock.shutdown()
    }
}
