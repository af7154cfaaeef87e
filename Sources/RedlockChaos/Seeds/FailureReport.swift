import RedlockCore
import RedlockHistory
import RedlockSimulation

/// Everything one wants to know of a seed that failed: what was violated, with what options, under which faults, and how
/// to see it again.
struct FailureReport {
    let result: SimulationResult
    let shrunk: Simulation

    private let focus: Mutant?
    private let plannedFaults: Int

    init(seed: UInt64, mutant: Mutant? = nil, focus: Mutant? = nil) {
        let simulation = Simulation(seed: seed, mutant: mutant, focus: focus)
        self.focus = focus
        plannedFaults = simulation.plan.faults.count
        shrunk = simulation.shrunk()
        result = shrunk.run()
    }

    var text: String {
        let simulation = result.simulation
        var lines = [
            "",
            "seed \(simulation.seed): \(result.report.conclusion.rawValue), \(result.report.violated?.checker ?? "no property") violated",
        ]
        lines += result.report.broken.map { "  outside the model: \($0.sentence)" }
        lines += result.report.evidence.prefix(5).map { "  at \($0.at.text) ms: \($0.sentence)" }
        lines += ["options: \(simulation.options)", "faults that are needed (\(shrunk.plan.faults.count) of \(plannedFaults)):"]
        lines += shrunk.plan.faults.map { "  \($0)" }
        lines += ["timeline:"] + Timeline(result.history, report: result.report, margin: margin).lines.suffix(120)
        let mutant = simulation.mutant.map { " --mutant \($0.rawValue)" } ?? ""
        let focus = focus.map { " --focus \($0.rawValue)" } ?? ""
        lines += ["replay: redlock-chaos replay \(simulation.seed)\(mutant)\(focus) --timeline out.svg"]
        return lines.joined(separator: "\n")
    }

    private var margin: Nanoseconds { Nanoseconds(result.simulation.options.maxTTL) }
}
