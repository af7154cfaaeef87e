import ArgumentParser
import Foundation

/// `redlock-chaos suite quick|full`: many runs, one after the other.
struct Suite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Many runs, and a table of what came of them.",
        discussion: """
            quick: one mix of all nemeses within the promise, one of the rudest, and one outside the promise; about 80 s.
            full: every nemesis alone, ten mixes, and a quarter of an hour of all within the promise; about 40 minutes.

            Ctrl-C, a termination or a closed terminal ends it with the table so far.

            Exit codes: those of run; 1 if any run broke a promise, else 2 if the harness failed in any, else 3 if any is \
            unknown or the suite was interrupted.
            """)

    enum Size: String, ExpressibleByArgument, CaseIterable { case quick, full }

    @Argument(help: "quick or full.")
    var size: Size

    @Option(help: "The seed of the first run; the others follow it.")
    var seed: UInt64 = 1

    @Option(help: "For how long each run makes faults, instead of what the size says.")
    var duration: Span?

    @OptionGroup var ttls: TTLOptions

    @Option(help: "The folder for the reports, one for each run; a new one under the temporary directory if not given.")
    var report: String?

    @Flag(help: "Keep the folder also when every promise was kept and no --report was given.")
    var keep = false

    @Flag(help: "Print one line of JSON for each run instead of the table.")
    var json = false

    func run() async throws {
        let folder = report ?? FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-\(UUID())").path
        var table = SuiteTable()
        for (index, part) in SuitePart.parts(of: size).enumerated() {
            var plan = RunPlan(folder: "\(folder)/\(String(format: "%02d", index + 1))-\(part.name.replacing(" ", with: "-"))")
            plan.milliseconds = duration?.milliseconds ?? part.milliseconds
            ttls.apply(to: &plan)
            plan.nemesisText = part.nemeses
            plan.nemeses = try Nemeses.named(part.nemeses)
            plan.seed = seed + UInt64(index)
            let row = await row(part.name, plan)
            table.rows.append(row)
            if index == 0, !json { print(SuiteTable.head) }
            print(json ? row.json : row.text)
            fflush(nil)
            table.isInterrupted = Interruptible.isInterrupted
            if table.isInterrupted { break }
        }
        if table.isInterrupted, !json { print("interrupted") }
        if table.exitCode == 0, report == nil, !keep {
            try? FileManager.default.removeItem(atPath: folder)
        } else if !json {
            print("reports: \(folder)")
        }
        if table.exitCode != 0 { throw ExitCode(table.exitCode) }
    }

    private func row(_ name: String, _ plan: RunPlan) async -> SuiteTable.Row {
        let start = ContinuousClock.now
        let screen = RunScreen(isQuiet: !StandardError.isTerminal)
        screen.say("\(name): \(plan.command)")
        defer { screen.finish() }
        do {
            let result = try await Interruptible.run(plan, screen: screen)
            return SuiteTable.Row(name, result, seconds: (ContinuousClock.now - start) / .seconds(1))
        } catch {
            return SuiteTable.Row(name, failure: "\(error)", seed: plan.seed, seconds: (ContinuousClock.now - start) / .seconds(1))
        }
    }
}

/// One run of a suite.
struct SuitePart {
    let name: String
    let nemeses: String
    let milliseconds: Int64

    static func parts(of size: Suite.Size) -> [SuitePart] {
        switch size {
        case .quick:
            [
                SuitePart(name: "mix", nemeses: "within", milliseconds: 15_000),
                SuitePart(name: "rude", nemeses: "kill,majority,partition,client-pause,client-kill,reset", milliseconds: 10_000),
                SuitePart(name: "outside", nemeses: "outside,client-pause", milliseconds: 10_000),
            ]
        case .full:
            Nemeses.all.map { SuitePart(name: $0.name, nemeses: $0.name, milliseconds: 30_000) }
                + (1...10).map { SuitePart(name: "mix \($0)", nemeses: $0 % 5 == 0 ? "all" : "within", milliseconds: 30_000) }
                + [SuitePart(name: "soak", nemeses: "within", milliseconds: 900_000)]
        }
    }
}
