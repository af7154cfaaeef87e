import ArgumentParser
import Foundation
import RedlockCore
import RedlockHistory
import RedlockSimulation

/// `redlock-chaos replay SEED`: one run again, in every detail.
struct Replay: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs one seed again and shows what happened.",
        discussion: "Exit codes as of simulate. Two replays of a seed print the same digest, which covers every event.")

    @Argument(help: "The seed.")
    var seed: UInt64

    @Option(help: "Break this rule; see simulate --mutants for the names.")
    var mutant: String?

    @Option(help: "Draw from the runs of this mutant, as simulate --focus.")
    var focus: String?

    @Option(help: "Write the timeline as a picture to this file.")
    var timeline: String?

    @Option(help: "Write the history as lines of JSON to this file.")
    var history: String?

    @Flag(help: "Leave out the faults that are not needed for the failure.")
    var shrink = false

    @Flag(help: "Print every vote and every command, not only the history.")
    var trace = false

    func validate() throws {
        for name in [mutant, focus].compactMap({ $0 }) where Mutant(rawValue: name) == nil {
            throw ValidationError("there is no mutant \"\(name)\"")
        }
    }

    func run() throws {
        var simulation = Simulation(
            seed: seed, mutant: mutant.flatMap { Mutant(rawValue: $0) }, focus: focus.flatMap { Mutant(rawValue: $0) })
        if shrink { simulation = simulation.shrunk() }
        let result = simulation.run(traced: trace)
        print("seed \(seed): \(result.report.conclusion.rawValue), digest \(String(result.digest, radix: 16))")
        print("options: \(simulation.options)")
        for fault in simulation.plan.faults { print("fault: \(fault)") }
        for line in result.trace { print(line) }
        if !trace {
            for line in Timeline(result.history, report: result.report, margin: Nanoseconds(simulation.options.maxTTL)).lines {
                print(line)
            }
        }
        for finding in result.report.findings { print("\(finding.checker): \(finding.verdict.word)") }
        for assumption in result.report.broken { print("outside the model: \(assumption.sentence)") }
        for evidence in result.report.evidence.prefix(10) { print("at \(evidence.at.text) ms: \(evidence.sentence)") }
        if let timeline {
            let picture = TimelineSVG(result.history, report: result.report, margin: Nanoseconds(simulation.options.maxTTL))
            try Data(picture.text.utf8).write(to: URL(filePath: timeline))
        }
        if let history { try Data(result.history.jsonLines.utf8).write(to: URL(filePath: history)) }
        if let code = result.report.conclusion.exitCode { throw code }
    }
}
