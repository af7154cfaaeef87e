package import RedlockHistory

/// A seed, and everything that follows from it.
package struct Simulation: Hashable, Sendable {
    package let seed: UInt64
    package let mutant: Mutant?
    package let options: SimulationOptions
    package var plan: FaultPlan

    /// The run of a bare seed.
    ///
    /// - Parameter focus: draws from the runs in which this mutant shows; nil means the mutant itself.
    package init(seed: UInt64, mutant: Mutant? = nil, focus: Mutant? = nil) {
        var random = PRNG(seed: seed)
        self.seed = seed
        self.mutant = mutant
        var options = SimulationOptions(drawing: &random)
        (focus ?? mutant)?.focus(&options, drawing: &random)
        self.options = options
        plan = FaultPlan(for: options, drawing: &random)
    }

    /// A run under given options and faults.
    package init(seed: UInt64, options: SimulationOptions, plan: FaultPlan? = nil, mutant: Mutant? = nil) {
        var random = PRNG(seed: seed)
        self.seed = seed
        self.mutant = mutant
        self.options = options
        self.plan = plan ?? FaultPlan(for: options, drawing: &random)
    }

    /// Runs it and checks what happened.
    package func run(traced: Bool = false) -> SimulationResult {
        let simulator = Simulator(options, plan: plan, seed: seed, mutant: mutant, traced: traced)
        simulator.run()
        return SimulationResult(
            simulation: self, history: simulator.history, report: Report(on: simulator.history), statistics: simulator.statistics,
            digest: simulator.digest, trace: simulator.trace ?? [])
    }

    /// The same run with as few faults as still violate the same property: first halves are left out, then single faults.
    ///
    /// - Parameter limit: how many runs to spend at most.
    package func shrunk(limit: Int = 400) -> Simulation {
        guard let property = run().report.violated?.checker else { return self }
        var best = self
        var runs = 0
        var chunk = max(plan.faults.count / 2, 1)
        while true {
            var start = 0
            var isSmaller = false
            while start < best.plan.faults.count, runs < limit {
                var candidate = best
                candidate.plan.faults.removeSubrange(start..<min(start + chunk, best.plan.faults.count))
                runs += 1
                if candidate.run().report.violated?.checker == property {
                    best = candidate
                    isSmaller = true
                } else {
                    start += chunk
                }
            }
            if runs >= limit || chunk == 1 && !isSmaller { return best }
            chunk = max(chunk / 2, 1)
        }
    }
}

/// What came of a run.
package struct SimulationResult: Hashable, Sendable {
    package let simulation: Simulation
    package let history: History
    package let report: Report
    package let statistics: SimulationStatistics
    /// Equal for runs that were the same, event by event.
    package let digest: UInt64
    package let trace: [String]
}
