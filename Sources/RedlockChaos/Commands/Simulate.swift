import ArgumentParser
import RedlockHistory
import RedlockSimulation

/// `redlock-chaos simulate`: many seeds, or all mutants.
struct Simulate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs hostile schedules in virtual time through the lease machine that ships.",
        discussion: """
            Each seed is one run: a few processes and nodes, and dozens of faults between them, decided by the seed alone. \
            The same seed gives the same run on every machine and with any number of workers. Stops at the first seed that \
            fails, and says how to replay it.

            Exit codes: 0 all seeds clean; 1 safety violated; 3 no progress after healing; 4 a run left the model, or the \
            machine itself trapped.
            """)

    @Option(help: "How many seeds to run.")
    var seeds: Int = 10_000

    @Option(help: "The first seed; the others follow it.")
    var from: UInt64 = 1

    @Option(help: "Go on with further seeds until this many minutes are over, instead of --seeds.")
    var minutes: Double?

    @Option(help: "How many seeds to run at a time. All cores by default; it changes nothing but the time.")
    var workers: Int?

    @Flag(help: "Print one line of JSON instead of text.")
    var json = false

    @Flag(help: "Break one rule after the other on purpose, and see which checker notices within how many seeds.")
    var mutants = false

    @Option(help: "As --mutants, this rule only.")
    var mutant: String?

    @Option(help: "Draw from the runs in which this mutant would show, with every rule in place.")
    var focus: String?

    @Option(name: .customLong("break"), help: "Leave this rule out of every run, to see what a failure looks like.")
    var breaking: String?

    @Option(help: ArgumentHelp("Trap at this seed.", visibility: .hidden))
    var trapAt: UInt64?

    @Flag(help: "Go on after a failure, and count them.")
    var keepGoing = false

    func validate() throws {
        if seeds < 1 { throw ValidationError("--seeds must be 1 or more") }
        if let minutes, minutes <= 0 { throw ValidationError("--minutes must be more than 0") }
        if let workers, workers < 1 { throw ValidationError("--workers must be 1 or more") }
        for name in [mutant, focus, breaking].compactMap({ $0 }) where Mutant(rawValue: name) == nil {
            throw ValidationError("there is no mutant \"\(name)\"; there are \(Mutant.allCases.map(\.rawValue).joined(separator: ", "))")
        }
    }

    func run() async throws {
        if mutants || mutant != nil {
            let chosen = mutant.flatMap { Mutant(rawValue: $0) }.map { [$0] } ?? Mutant.simulated
            try await MutantTable(mutants: chosen, workers: workers, json: json).run()
            return
        }
        let runner = SeedRunner(
            from: from, count: minutes == nil ? seeds : nil, minutes: minutes, workers: workers, stopsAtFailure: !keepGoing,
            focus: focus.flatMap { Mutant(rawValue: $0) }, breaking: breaking.flatMap { Mutant(rawValue: $0) }, trapAt: trapAt)
        let outcome = await runner.run(progress: ProgressLine(total: minutes == nil ? seeds : nil))
        if json {
            print(outcome.json)
        } else {
            print(outcome.text)
            if let first = outcome.failures.first {
                print(FailureReport(seed: first.seed, mutant: runner.breaking, focus: runner.focus).text)
            }
        }
        if let code = outcome.exitCode { throw code }
    }
}

extension Report.Conclusion {
    /// What the process ends with.
    var exitCode: ExitCode? {
        switch self {
        case .clean: nil
        case .unsafe: ExitCode(1)
        case .notLive: ExitCode(3)
        case .outsideTheModel, .unknown: ExitCode(4)
        }
    }
}
