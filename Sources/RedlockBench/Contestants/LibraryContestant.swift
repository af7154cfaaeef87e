import Redlock
import RedlockCore
import RedlockNode

/// The library under test, used as a service would use it: tasks that acquire and release.
struct LibraryContestant: Contestant {
    let name: String
    let redlock: Redlock
    let meter: Meter
    /// How many tasks there are.
    let concurrency: Int
    /// The names each task goes through; none is shared between tasks, unless `isContended`.
    let names: [[String]]
    let ttl: Duration
    /// Whether the tasks run where the client does, instead of on the system's pool.
    let runsOnLane: Bool

    /// Tasks that each cycle on `resourcesEach` names of their own.
    init(
        _ redlock: Redlock, concurrency: Int, name: String = "redlock", resourcesEach: Int = 1, ttl: Duration = .seconds(10),
        onLane: Bool = false,
        meter: Meter
    ) {
        self.name = name
        self.redlock = redlock
        self.meter = meter
        self.concurrency = concurrency
        self.ttl = ttl
        runsOnLane = onLane
        names = (0..<concurrency).map { task in (0..<resourcesEach).map { "bench/\(name)/\(task)/\($0)" } }
    }

    /// Tasks that all want the same lock.
    init(contending redlock: Redlock, concurrency: Int, ttl: Duration = .seconds(10), meter: Meter) {
        name = "\(concurrency) contenders"
        runsOnLane = false
        self.redlock = redlock
        self.meter = meter
        self.concurrency = concurrency
        self.ttl = ttl
        names = [[String]](repeating: ["bench/contended"], count: concurrency)
    }

    func run(seconds: Double) async throws -> Trial {
        let deadline = BootClock.now() + Nanoseconds(Int64(seconds * 1e9))
        return try await meter.measure {
            let executor = runsOnLane ? redlock.executor : nil
            try await withThrowingTaskGroup { group in
                for own in names { group.addTask(executorPreference: executor) { try await cycle(through: own, until: deadline) } }
                try await group.waitForAll()
            }
        }
    }

    /// Acquires and releases until the time is over.
    private func cycle(through names: [String], until deadline: Instant) async throws {
        var next = 0
        var begun = BootClock.now()
        while begun < deadline {
            let lease = try await redlock.acquire(names[next], ttl: ttl, waiting: .seconds(60))
            let held = BootClock.now()
            await lease.release()
            let done = BootClock.now()
            meter.tape.record(acquire: (held - begun).count, cycle: (done - begun).count)
            begun = done
            next += 1
            if next == names.count { next = 0 }
        }
    }
}
