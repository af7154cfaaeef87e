import Histogram

/// Something that acquires and releases locks, again and again.
protocol Contestant: Sendable {
    /// What it is called in the report.
    var name: String { get }
    /// Cycles for about that long.
    func run(seconds: Double) async throws -> Trial
}

/// The trials of several contestants, taken in turn so that whatever else the machine does meets all of them alike.
struct Match: Sendable {
    /// By contestant, then by turn.
    let trials: [[Trial]]

    /// Takes `turns` turns of `seconds` each, the order reversed in every second turn.
    ///
    /// - Parameters:
    ///   - warmUp: how long each runs first without being measured.
    ///   - prepare: called before each trial with the contestant's index, outside of what is measured.
    init(
        _ contestants: [any Contestant], turns: Int, seconds: Double, warmUp: Double = 0.1, progress: Progress,
        prepare: (Int) async throws -> Void = { _ in }
    ) async throws {
        var trials = [[Trial]](repeating: [], count: contestants.count)
        for (index, contestant) in contestants.enumerated() {
            try await prepare(index)
            _ = try await contestant.run(seconds: warmUp)
        }
        for turn in 0..<turns {
            let order = turn.isMultiple(of: 2) ? Array(contestants.indices) : contestants.indices.reversed()
            for index in order {
                progress.show("turn \(turn + 1) of \(turns): \(contestants[index].name)")
                try await prepare(index)
                trials[index].append(try await contestants[index].run(seconds: seconds))
            }
        }
        self.trials = trials
    }

    /// The values of a metric for a contestant, one for each turn.
    func values(_ metric: Metric, of contestant: Int = 0) -> [Double] {
        trials[contestant].map { metric.value(in: $0) }
    }

    /// All turns of a contestant as one.
    func merged(_ contestant: Int) -> Trial {
        trials[contestant].reduce(into: Trial()) { sum, trial in
            sum.cycles += trial.cycles
            sum.seconds += trial.seconds
            sum.clientCPU += trial.clientCPU
            sum.serverCPU += trial.serverCPU
            sum.allocations += trial.allocations
            sum.acquire.add(trial.acquire)
            sum.cycle.add(trial.cycle)
        }
    }
}
