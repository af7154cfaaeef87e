import Histogram
import Redlock
import RedlockCore
import RedlockNode

/// What some workers measured together: each acquires and releases a lock of its own, again and again.
struct BenchTrial: Sendable {
    /// How many workers there were.
    let workers: Int
    /// How long it took.
    var elapsed = Duration.zero
    /// Nanoseconds from the call to the lease, and from the call of release to its end.
    var acquire = Self.empty
    var release = Self.empty
    /// How often a lock was not obtained, by the error's code, and the last of these errors.
    var failures: [String: Int] = [:]
    var lastFailure: RedlockError?

    private static let empty = Histogram<UInt64>(
        lowestDiscernibleValue: 1000, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)

    /// How many locks were taken and released.
    var cycles: Int { Int(acquire.totalCount) }
    /// Of those how many a second.
    var rate: Double {
        let seconds = Double(DurationText.milliseconds(elapsed)) / 1000
        return seconds > 0 ? Double(cycles) / seconds : 0
    }

    private init(workers: Int) { self.workers = workers }

    /// Lets that many workers work for about that long, less if the task is cancelled.
    static func run(_ redlock: Redlock, workers: Int, for duration: Duration, ttl: Duration) async -> BenchTrial {
        let begun = BootClock.now()
        let end = begun + Nanoseconds(duration)
        var sum = BenchTrial(workers: workers)
        await withTaskGroup(of: BenchTrial.self) { group in
            for worker in 0..<workers {
                group.addTask { await work(redlock, resource(worker), until: end, ttl: ttl) }
            }
            for await trial in group { sum.add(trial) }
        }
        sum.elapsed = (BootClock.now() - begun).duration
        return sum
    }

    /// The lock of a worker.
    static func resource(_ worker: Int) -> String { "worker-\(worker + 1)" }

    private static func work(_ redlock: Redlock, _ resource: String, until end: Instant, ttl: Duration) async -> BenchTrial {
        var trial = BenchTrial(workers: 1)
        while BootClock.now() < end && !Task.isCancelled {
            let asked = BootClock.now()
            do throws(RedlockError) {
                let lease = try await redlock.acquire(resource, ttl: ttl, waiting: .zero)
                let granted = BootClock.now()
                await lease.release()
                trial.acquire.record(UInt64(max(0, (granted - asked).count)))
                trial.release.record(UInt64(max(0, (BootClock.now() - granted).count)))
            } catch {
                trial.failures["\(error.code)", default: 0] += 1
                trial.lastFailure = error
                // Nodes that are down must not be asked as fast as the loop can turn.
                try? await Task.sleep(for: .milliseconds(10))
            }
        }
        return trial
    }

    private mutating func add(_ other: BenchTrial) {
        acquire.add(other.acquire)
        release.add(other.release)
        failures.merge(other.failures, uniquingKeysWith: +)
        lastFailure = other.lastFailure ?? lastFailure
    }
}
