import Redlock
import RedlockServers

/// W1: nobody waits for anybody. The library beside the floor and beside bare round trips.
enum Uncontended: Workload {
    static let name = "W1"
    static let title = "uncontended acquire and release"

    static let concurrencies = [1, 64, 1024]

    static func circumstances(_ concurrency: Int) -> String { "concurrency \(concurrency)" }

    /// The same with the tasks on the client's own thread.
    static func onLane(_ concurrency: Int) -> String { "\(circumstances(concurrency)), on the lane" }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        let redlock = try bench.client(fleet.urls)
        for concurrency in concurrencies {
            let meter = bench.meter(fleet)
            let floor = try FloorClient(ports: fleet.servers.map(\.port), concurrency: concurrency)
            let contestants: [any Contestant] = [
                LibraryContestant(redlock, concurrency: concurrency, meter: meter),
                FloorContestant(client: floor, work: .plain, meter: meter),
                FloorContestant(client: floor, work: .ping, meter: meter),
                LibraryContestant(redlock, concurrency: concurrency, name: "redlock on its lane", onLane: true, meter: meter),
            ]
            bench.progress.heading = "\(name) \(circumstances(concurrency))"
            let match = try await Match(contestants, turns: bench.turns, seconds: bench.turn, progress: bench.progress)
            report(match, concurrency, to: &bench.report)
            for (index, contestant) in contestants.enumerated() {
                bench.report.add(
                    Report.Distribution(
                        panel: circumstances(concurrency), name: contestant.name, latencies: match.merged(index).acquire))
            }
        }
        await redlock.shutdown()
    }

    private static func report(_ match: Match, _ concurrency: Int, to report: inout Report) {
        let circumstances = circumstances(concurrency)
        for metric in [Metric.acquireP50, .acquireP99, .cycleP50, .cycleP99, .rate, .clientCPU, .serverCPU] {
            report.add(Figure(name, circumstances, metric, in: match, against: 1, named: "floor"))
        }
        report.add(Figure(name, circumstances, .acquireP50, in: match, against: 2, named: "ping"))
        for metric in [Metric.acquireP50, .acquireP99, .rate, .clientCPU] {
            report.add(Figure(name, onLane(concurrency), metric, in: match, of: 3, against: 1, named: "floor"))
        }
    }
}
