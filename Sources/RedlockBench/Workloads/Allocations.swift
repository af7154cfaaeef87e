import CMallocCount
import Redlock
import RedlockServers

/// W8: how often the heap is asked for memory in a cycle.
enum Allocations: Workload {
    static let name = "W8"
    static let title = "heap allocations per cycle"

    static func circumstances(_ concurrency: Int) -> String { "concurrency \(concurrency)" }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        guard malloc_count_available() else { return bench.report.note("\(name): allocations can be counted on Linux with glibc only.") }
        let redlock = try bench.client(fleet.urls)
        var meter = bench.meter(fleet)
        meter.countsAllocations = true
        for concurrency in [1, 1024] {
            bench.progress.heading = "\(name) \(circumstances(concurrency))"
            let contestants = [LibraryContestant(redlock, concurrency: concurrency, meter: meter)]
            let match = try await Match(contestants, turns: bench.turns, seconds: bench.turn, progress: bench.progress)
            bench.report.add(
                Figure(
                    name, circumstances(concurrency), Metric.allocations.rawValue, Metric.allocations.unit, match.values(.allocations)))
        }
        await redlock.shutdown()
    }
}
