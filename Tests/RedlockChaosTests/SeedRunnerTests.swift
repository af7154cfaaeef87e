import RedlockHistory
import RedlockSimulation
import Testing

@testable import RedlockChaos

struct SeedRunnerTests {
    private func runner(
        from: UInt64 = 1, count: Int? = 32, minutes: Double? = nil, workers: Int, stops: Bool = true, breaking: Mutant? = nil
    ) -> SeedRunner {
        SeedRunner(from: from, count: count, minutes: minutes, workers: workers, stopsAtFailure: stops, breaking: breaking)
    }

    @Test("However many workers share the seeds, the same runs are made")
    func workers() async {
        let one = await runner(workers: 1).run(progress: ProgressLine(total: nil))
        let three = await runner(workers: 3).run(progress: ProgressLine(total: nil))
        #expect(one.seeds == 32 && one.digest == three.digest && one.statistics == three.statistics)
        #expect(one.failures.isEmpty && one.exitCode == nil)
    }

    @Test("However many workers share the seeds, the same seed is the first that fails")
    func firstFailure() async {
        for workers in [1, 3] {
            let outcome = await runner(workers: workers, breaking: .missingScriptCounted).run(
                progress: ProgressLine(total: nil))
            #expect(outcome.failures.map(\.seed) == [6] && outcome.failures.first?.conclusion == .unsafe)
        }
    }

    @Test("A time that is over ends the run, and not before a seed was run")
    func minutes() async {
        let outcome = await runner(count: nil, minutes: 0.02, workers: 2).run(progress: ProgressLine(total: nil))
        #expect(outcome.seeds > 0 && outcome.failures.isEmpty && outcome.elapsed >= .seconds(1))
    }
}
