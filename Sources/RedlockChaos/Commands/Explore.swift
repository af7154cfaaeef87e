import ArgumentParser
import RedlockSimulation

/// `redlock-chaos explore`: everything that can happen in small scopes.
struct Explore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries everything that can happen in small scopes, and finds the counterexample where a rule is left out.",
        discussion: """
            Several scopes are explored at a time, one on each core. States that differ only in which client or which node is \
            which are gone into once; "alike" counts them all.

            Exit codes: 0 every scope holds, and every rule left out was missed; 1 a scope does not hold; 4 a counterexample \
            was not found, or a scope was not finished.
            """)

    @Option(help: "This scope only: \(ExplorerScope.all.map(\.name).joined(separator: ", ")).")
    var scope: String?

    @Option(help: "Give up on a scope after this many states.")
    var limit = 100_000_000

    @Option(help: "How many scopes to explore at a time. All cores by default.")
    var workers: Int?

    @Flag(help: "Show the steps to each counterexample.")
    var steps = false

    @Flag(help: "Print lines of JSON instead of text.")
    var json = false

    func validate() throws {
        if let scope, !ExplorerScope.all.contains(where: { $0.name == scope }) { throw ValidationError("there is no scope \"\(scope)\"") }
        if limit < 1 { throw ValidationError("--limit must be 1 or more") }
        if let workers, workers < 1 { throw ValidationError("--workers must be 1 or more") }
    }

    func run() async throws {
        let scopes = (ExplorerScope.all + ExplorerScope.broken).filter { scope == nil || $0.name == scope }
        let progress = ProgressLine(total: nil, counting: "states")
        let clock = ContinuousClock()
        let start = clock.now
        let rows = await inOrder(scopes, workers: workers ?? Cores.count) { candidate in
            let start = clock.now
            var explorer = Explorer(candidate, limit: limit) { progress.add($0) }
            return Row(outcome: explorer.run(), elapsed: start.duration(to: clock.now))
        }
        progress.finish()
        for row in rows {
            print(json ? row.json : row.text)
            if steps { for step in row.outcome.steps { print("    \(step)") } }
        }
        if !json {
            let states = rows.reduce(0) { $0 + $1.outcome.states }
            print("\(rows.count) scopes, \(states) states, \(start.duration(to: clock.now).text)")
        }
        if let code = rows.compactMap(\.exitCode).min(by: { $0.rawValue < $1.rawValue }) { throw code }
    }

    struct Row: Sendable {
        let outcome: Explorer.Outcome
        let elapsed: Duration
    }
}

extension Explore.Row {
    var exitCode: ExitCode? {
        if outcome.scope.mutant == nil, outcome.violation != nil { return ExitCode(1) }
        if outcome.scope.mutant != nil && outcome.violation == nil || !outcome.isComplete { return ExitCode(4) }
        return nil
    }

    private var verdict: String { outcome.violation ?? (outcome.isComplete ? "holds" : "not finished") }

    var text: String {
        let rule = outcome.scope.mutant.map { "without \($0.rawValue)" } ?? "all rules"
        return padded(outcome.scope.name, 19) + padded(rule, 31) + padded(verdict, 52, cutting: false)
            + padded(left: "\(outcome.states)", 9) + " states" + padded(left: "\(outcome.allStates)", 11) + " alike"
            + padded(left: "\(outcome.transitions)", 10) + " steps" + padded(left: elapsed.text, 9)
    }

    var json: String {
        "{\"scope\":\"\(outcome.scope.name)\",\"mutant\":\(outcome.scope.mutant.map { "\"\($0.rawValue)\"" } ?? "null"),"
            + "\"violation\":\(outcome.violation.map { "\"\($0)\"" } ?? "null"),\"complete\":\(outcome.isComplete),"
            + "\"states\":\(outcome.states),\"alike\":\(outcome.allStates),\"transitions\":\(outcome.transitions),"
            + "\"grants\":\(outcome.grants),\"milliseconds\":\(elapsed.milliseconds)}"
    }
}
