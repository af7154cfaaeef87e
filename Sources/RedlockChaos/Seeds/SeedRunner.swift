import ArgumentParser
import RedlockHistory
import RedlockSimulation
import Synchronization

/// Runs seeds on all cores. Which worker runs which seed changes nothing: a run depends on its seed alone.
struct SeedRunner {
    let from: UInt64
    /// nil: until the time is over.
    let count: Int?
    let minutes: Double?
    let workers: Int?
    let stopsAtFailure: Bool
    /// Draw from the runs in which this mutant would show.
    var focus: Mutant?
    /// Leave this rule out, to see what a failure looks like.
    var breaking: Mutant?
    /// Trap at this seed, to see what that looks like.
    var trapAt: UInt64?

    struct Failure: Sendable {
        let seed: UInt64
        let conclusion: Report.Conclusion
        let checker: String
    }

    struct Outcome: Sendable {
        var seeds = 0
        var statistics = SimulationStatistics()
        /// By seed, the smallest first.
        var failures: [Failure] = []
        /// Of all runs together, in no order, so that two outcomes can be compared.
        var digest: UInt64 = 0
        var elapsed: Duration = .zero
        var workers = 0
        var from: UInt64 = 0
    }

    /// What the workers share.
    private final class Shared: Sendable {
        let next: Atomic<UInt64>
        let failed = Atomic<UInt64>(.max)

        init(from: UInt64) { next = Atomic(from) }
    }

    func run(progress: ProgressLine) async -> Outcome {
        let workers = workers ?? Cores.count
        CrashNote.install(workers: workers)
        let shared = Shared(from: from)
        let clock = ContinuousClock()
        let start = clock.now
        let deadline = minutes.map { start + .seconds($0 * 60) }
        let end = count.map { from + UInt64($0) } ?? .max
        var outcome = await withTaskGroup(of: Outcome.self) { group in
            for worker in 0..<workers {
                group.addTask {
                    var part = Outcome()
                    while true {
                        // A few at a time, so that the counter is not what they all wait for.
                        let batch = shared.next.add(16, ordering: .relaxed).oldValue
                        // The first is run however late it begins, so that there is an answer.
                        if batch >= end || batch > from && deadline.map({ clock.now >= $0 }) == true { break }
                        // Smaller seeds than the smallest that failed are all run, so that the answer is always the same one.
                        if stopsAtFailure, batch > shared.failed.load(ordering: .relaxed) { break }
                        for seed in batch..<min(batch + 16, end) {
                            CrashNote.note(seed, worker: worker)
                            precondition(seed != trapAt, "told to trap")
                            part.add(Simulation(seed: seed, mutant: breaking, focus: focus).run())
                            if let failure = part.failures.last, failure.seed == seed { shared.failed.min(seed, ordering: .relaxed) }
                        }
                        progress.add(Int(min(batch + 16, end) - batch))
                    }
                    return part
                }
            }
            return await group.reduce(into: Outcome()) { $0.merge($1) }
        }
        progress.finish()
        outcome.failures.sort { $0.seed < $1.seed }
        if stopsAtFailure { outcome.failures = Array(outcome.failures.prefix(1)) }
        outcome.elapsed = start.duration(to: clock.now)
        outcome.workers = workers
        outcome.from = from
        return outcome
    }
}

extension SeedRunner.Outcome {
    mutating func add(_ result: SimulationResult) {
        seeds += 1
        statistics = statistics + result.statistics
        digest ^= result.digest &* 0x9E37_79B9_7F4A_7C15
        guard result.report.conclusion != .clean else { return }
        failures.append(
            .init(
                seed: result.simulation.seed, conclusion: result.report.conclusion,
                checker: result.report.violated?.checker ?? result.report.conclusion.rawValue))
    }

    mutating func merge(_ other: Self) {
        seeds += other.seeds
        statistics = statistics + other.statistics
        failures += other.failures
        digest ^= other.digest
    }

    var exitCode: ExitCode? {
        let codes = failures.compactMap { $0.conclusion.exitCode }
        return codes.first { $0.rawValue == 1 } ?? codes.first
    }

    private var seconds: Double { Double(elapsed.components.seconds) + Double(elapsed.components.attoseconds) / 1e18 }
    private func rate(_ count: Int) -> Int { Int(Double(count) / max(seconds, 1e-9)) }

    var text: String {
        let verdict =
            failures.isEmpty
            ? "all clean" : "\(failures.count) failed: \(failures.prefix(20).map { "\($0.seed) (\($0.checker))" }.joined(separator: ", "))"
        return """
            \(seeds) seeds from \(from) on, \(verdict)
            \(statistics.grants) grants, \(statistics.extensions) extensions asked for, \(statistics.releases) releases, \(statistics.losses) losses, \
            \(statistics.commands) commands, \(statistics.events) events
            \(Int(seconds * 1000)) ms on \(workers) workers: \(rate(seeds)) seeds/s, \(rate(seeds) / workers) per core; \
            \(rate(statistics.operations)) lock operations/s, \(rate(statistics.events)) events/s; digest \(String(digest, radix: 16))
            """
    }

    var json: String {
        let failed = failures.map { "{\"seed\":\($0.seed),\"conclusion\":\"\($0.conclusion.rawValue)\",\"checker\":\"\($0.checker)\"}" }
            .joined(separator: ",")
        return
            "{\"from\":\(from),\"seeds\":\(seeds),\"failures\":[\(failed)],\"grants\":\(statistics.grants),\"operations\":\(statistics.operations),"
            + "\"events\":\(statistics.events),\"seconds\":\(seconds),\"workers\":\(workers),\"seedsPerSecond\":\(rate(seeds)),\"digest\":\"\(String(digest, radix: 16))\"}"
    }
}
