import ArgumentParser
import RedlockSimulation

/// `redlock-chaos explore`: everything that can happen in small scopes.
struct Explore: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries everything that can happen in small scopes, and finds the counterexample where a rule is left out.",
        discussion:
            "Exit codes: 0 every scope holds, and every rule left out was missed; 1 a scope does not hold; 4 a counterexample was not found."
    )

    @Option(help: "This scope only: \(ExplorerScope.all.map(\.name).joined(separator: ", ")).")
    var scope: String?

    @Option(help: "Give up after this many states.")
    var limit = 30_000_000

    @Flag(help: "Show the steps to each counterexample.")
    var steps = false

    func validate() throws {
        if let scope, !ExplorerScope.all.contains(where: { $0.name == scope }) { throw ValidationError("there is no scope \"\(scope)\"") }
    }

    func run() throws {
        var code: ExitCode?
        let clock = ContinuousClock()
        for candidate in ExplorerScope.all + ExplorerScope.broken where scope == nil || candidate.name == scope {
            let start = clock.now
            var explorer = Explorer(candidate, limit: limit)
            let outcome = explorer.run()
            let rule = candidate.mutant.map { "without \($0.rawValue)" } ?? "all rules"
            let verdict = outcome.violation ?? (outcome.isComplete ? "holds" : "not finished")
            print(
                "\(candidate.name), \(rule): \(verdict); \(outcome.states) states, \(outcome.transitions) transitions, \(outcome.grants) grants, \(start.duration(to: clock.now))"
            )
            if steps { for step in outcome.steps { print("    \(step)") } }
            if candidate.mutant == nil, outcome.violation != nil { code = ExitCode(1) }
            if candidate.mutant != nil && outcome.violation == nil || !outcome.isComplete, code == nil { code = ExitCode(4) }
        }
        if let code { throw code }
    }
}
