import Redlock
import RedlockCore
import RedlockNode
import RedlockServers

/// W5: how long after a release the one who waits has the lock.
enum HandOff: Workload {
    static let name = "W5"
    static let title = "from a release to the next grant"

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        let redlock = try bench.client(fleet.urls)
        let waiting = HandOffContestant(redlock: redlock, hold: .milliseconds(20), meter: bench.meter(fleet))
        let alone = LibraryContestant(redlock, concurrency: 1, name: "acquire alone", meter: bench.meter(fleet))
        bench.progress.heading = name
        let match = try await Match([waiting, alone], turns: bench.turns, seconds: bench.isQuick ? 1 : 4, progress: bench.progress)
        for metric in [Metric.acquireP50, .acquireP99] {
            bench.report.add(
                Figure(name, "held for 20 ms, one waits", metric, in: match, against: 1, named: "acquire alone"))
        }
        await redlock.shutdown()
    }
}

/// Two that hand a lock to each other. Its acquire latency is the time from the call of release to the other's grant.
struct HandOffContestant: Contestant {
    let name = "hand-off"
    let redlock: Redlock
    /// How long the lock is held while the other waits.
    let hold: Duration
    let meter: Meter

    func run(seconds: Double) async throws -> Trial {
        let deadline = BootClock.now() + Nanoseconds(Int64(seconds * 1e9))
        return try await meter.measure {
            var held = try await redlock.acquire("bench/handed-on", ttl: .seconds(10))
            while BootClock.now() < deadline {
                async let next = redlock.acquire("bench/handed-on", ttl: .seconds(10))
                try await Task.sleep(for: hold)
                let released = BootClock.now()
                await held.release()
                held = try await next
                let handed = (BootClock.now() - released).count
                meter.tape.record(acquire: handed, cycle: handed)
            }
            await held.release()
        }
    }
}
