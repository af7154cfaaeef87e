import ArgumentParser
import Foundation

/// `redlock-chaos suite quick|full`: many runs, one after the other.
struct Suite: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Many runs, and a table of what came of them.",
        discussion: """
            quick: one mix of all nemeses within the promise, one of the rudest, and one outside the promise; about 80 s.
            full: every nemesis alone, ten mixes, and a quarter of an hour of all within the promise; about 40 minutes.

            Exit codes: those of run; 1 if any run broke a promise, then 2, then 3.
            """)

    enum Size: String, ExpressibleByArgument, CaseIterable { case quick, full }

    @Argument(help: "quick or full.")
    var size: Size

    @Option(help: "The seed of the first run; the others follow it.")
    var seed: UInt64 = 1

    @Option(help: "The folder for the reports, one for each run; a new one under the temporary directory if not given.")
    var report: String?

    @Flag(help: "Print one line of JSON for each run instead of the table.")
    var json = false

    func run() async throws {
        let folder = report ?? FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-\(UUID())").path
        var table = SuiteTable()
        for (index, part) in SuitePart.parts(of: size).enumerated() {
            var plan = RunPlan(folder: "\(folder)/\(String(format: "%02d", index + 1))-\(part.name.replacing(" ", with: "-"))")
            plan.milliseconds = part.milliseconds
            plan.nemesisText = part.nemeses
            plan.nemeses = try Nemeses.named(part.nemeses)
            plan.seed = seed + UInt64(index)
            let row = await row(part.name, plan)
            table.rows.append(row)
            let line = json ? row.json : table.line(of: row)
            if index == 0, !json { print(table.head) }
            print(line)
            fflush(nil)
            if row.isInterrupted { break }
        }
        if !json { print("reports: \(folder)") }
        if table.exitCode != 0 { throw ExitCode(table.exitCode) }
    }

    private func row(_ name: String, _ plan: RunPlan) async -> SuiteTable.Row {
        let start = ContinuousClock.now
        let screen = RunScreen(isQuiet: isatty(STDERR_FILENO) == 0)
        screen.say("\(name): \(plan.command)")
        do {
            let (result, isInterrupted) = try await Interruptible.run(plan, screen: screen)
            screen.finish()
            return SuiteTable.Row(name, result, seconds: (ContinuousClock.now - start) / .seconds(1), isInterrupted: isInterrupted)
        } catch {
            screen.finish()
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

/// What came of the runs of a suite.
struct SuiteTable {
    struct Row: Sendable {
        let name: String
        let word: RunVerdict.Word
        let reason: String
        let seed: UInt64
        let seconds: Double
        var grants = 0
        var faults = 0
        var broken = 0
        var outside = 0
        var turnedAway = 0
        var isInterrupted = false

        init(_ name: String, _ result: RunResult, seconds: Double, isInterrupted: Bool) {
            let counts = OutcomeCounts(result.history)
            self.init(name, result.verdict.word, result.verdict.reason, seed: result.plan.seed, seconds: seconds)
            grants = counts.granted
            turnedAway = counts.turnedAway
            faults = result.faults.count
            broken = result.verdict.broken.count
            outside = result.verdict.outside.count
            self.isInterrupted = isInterrupted
        }

        init(_ name: String, failure: String, seed: UInt64, seconds: Double) {
            self.init(name, .harnessFailure, failure, seed: seed, seconds: seconds)
        }

        private init(_ name: String, _ word: RunVerdict.Word, _ reason: String, seed: UInt64, seconds: Double) {
            self.name = name
            self.word = word
            self.reason = reason
            self.seed = seed
            self.seconds = seconds
        }

        var json: String {
            "{\"run\":\"\(name)\",\"verdict\":\"\(word.rawValue)\",\"seed\":\(seed),\"seconds\":\(Int(seconds)),\"grants\":\(grants),\"faults\":\(faults),"
                + "\"turnedAway\":\(turnedAway),\"violations\":\(broken),\"outside\":\(outside)}"
        }
    }

    var rows: [Row] = []

    var exitCode: Int32 {
        let codes = Set(rows.map(\.word.exitCode))
        return [1, 2, 3].first { codes.contains($0) } ?? 0
    }

    private static let columns: [(title: String, width: Int)] = [
        ("run", -14), ("verdict", -15), ("seed", 6), ("seconds", 8), ("grants", 8), ("faults", 7), ("turned away", 12), ("violations", 11),
        ("outside", 8),
    ]

    var head: String { Self.line(Self.columns.map(\.title)) }

    /// The reason comes below where there is something to say.
    func line(of row: Row) -> String {
        let cells =
            [row.name, row.word.rawValue, "\(row.seed)", "\(Int(row.seconds))"]
            + [row.grants, row.faults, row.turnedAway, row.broken, row.outside].map { "\($0)" }
        return Self.line(cells) + (row.word == .valid ? "" : "\n    \(row.reason)")
    }

    private static func line(_ cells: [String]) -> String {
        zip(cells, columns).map { cell, column in
            let padding = String(repeating: " ", count: max(abs(column.width) - cell.count, 0))
            return column.width < 0 ? cell + padding : padding + cell
        }.joined()
    }
}
