import Redlock
import RedlockServers

/// W3: nodes that are paused or dead, beside five healthy ones; and the memory a mute node costs.
enum Outages: Workload {
    static let name = "W3"
    static let title = "one node paused, one dead, two dead"

    static let paused = "one paused"
    static let twoDead = "two dead"

    /// What memory has grown by after so many cycles with a mute node, beyond as many with none.
    static func muteMemory(cycles: Int) -> Figure.Key {
        Figure.Key(
            workload: name, circumstances: "one paused, \(Quantity.grouped(Double(cycles))) cycles", quantity: "memory beyond healthy")
    }

    static func circumstances(_ outage: String, _ concurrency: Int) -> String { "\(outage), concurrency \(concurrency)" }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        try await withRedisFleet(5) { suffering in
            let (healthy, troubled) = (try bench.client(fleet.urls), try bench.client(suffering.urls))
            suffering[0].pause()
            try await compare(paused, healthy, troubled, bench, fleet, suffering)
            await suffering[0].kill()
            try await compare("one dead", healthy, troubled, bench, fleet, suffering)
            await suffering[1].kill()
            try await compare(twoDead, healthy, troubled, bench, fleet, suffering)
            await healthy.shutdown()
            await troubled.shutdown()
        }
        try await memory(bench, on: fleet)
    }

    private static func compare(
        _ outage: String, _ healthy: Redlock, _ troubled: Redlock, _ bench: Bench, _ fleet: RedisFleet, _ suffering: RedisFleet
    ) async throws {
        for concurrency in [1, 64] {
            bench.progress.heading = "\(name) \(circumstances(outage, concurrency))"
            let contestants: [any Contestant] = [
                LibraryContestant(troubled, concurrency: concurrency, name: outage, meter: bench.meter(suffering)),
                LibraryContestant(healthy, concurrency: concurrency, name: "healthy", meter: bench.meter(fleet)),
            ]
            let match = try await Match(contestants, turns: bench.turns, seconds: bench.turn, progress: bench.progress)
            for metric in [Metric.acquireP50, .acquireP99, .cycleP99, .rate] {
                bench.report.add(
                    Figure(name, circumstances(outage, concurrency), metric, in: match, against: 1, named: "healthy"))
            }
        }
    }

    /// Both runs in this process, the healthy one first, so that what it has left behind counts for it and not for the other.
    private static func memory(_ bench: Bench, on fleet: RedisFleet) async throws {
        let cycles = bench.isQuick ? 60_000 : 300_000
        bench.progress.heading = "\(name) memory after \(cycles) cycles"
        let redlock = try bench.client(fleet.urls)
        let contestant = LibraryContestant(redlock, concurrency: 64, meter: bench.meter(fleet))
        try await run(contestant, cycles, bench.progress)
        let healthy = ProcessStatistics.residentBytes(trimmed: true)
        fleet[4].pause()
        try await run(contestant, cycles, bench.progress)
        let mute = ProcessStatistics.residentBytes()
        fleet[4].resume()
        await redlock.shutdown()
        let key = muteMemory(cycles: cycles)
        let growth = Double(max(mute - healthy, 0)) / 1_048_576
        bench.report.add(Figure(name, key.circumstances, key.quantity, .mebibytes, [growth]))
    }

    private static func run(_ contestant: LibraryContestant, _ cycles: Int, _ progress: Progress) async throws {
        var left = cycles
        while left > 0 {
            progress.show("\(left) cycles left")
            left -= try await contestant.run(seconds: 0.5).cycles
        }
    }
}
