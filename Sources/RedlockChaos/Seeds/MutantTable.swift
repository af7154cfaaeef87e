import ArgumentParser
import RedlockHistory
import RedlockSimulation

/// Breaks one rule after the other and prints which checker noticed, after how many seeds.
struct MutantTable {
    let mutants: [Mutant]
    let workers: Int?
    let json: Bool

    struct Row: Sendable {
        let mutant: Mutant
        /// The seed that caught it; nil if none within the bound did.
        var seed: UInt64?
        var checker = ""
        /// Whether the same seed with the same faults is clean when the rule stands.
        var controlIsClean = true
    }

    func run() async throws {
        let rows = await inOrder(mutants, workers: workers ?? Cores.count) { Self.row($0) }
        for row in rows { print(json ? row.json : row.text) }
        let missed = rows.filter { $0.seed == nil && $0.mutant.bound != nil || !$0.controlIsClean }
        if !json { print("\(rows.count - missed.count) of \(rows.count) mutants caught within their bounds") }
        if !missed.isEmpty { throw ExitCode(4) }
    }

    static func row(_ mutant: Mutant) -> Row {
        for seed in 1...UInt64(mutant.bound ?? 10_000) {
            let result = Simulation(seed: seed, mutant: mutant).run()
            guard result.report.conclusion == .unsafe || result.report.conclusion == .notLive else { continue }
            let control = Simulation(seed: seed, options: result.simulation.options, plan: result.simulation.plan).run()
            return Row(
                mutant: mutant, seed: seed, checker: result.report.violated?.checker ?? "",
                controlIsClean: control.report.conclusion == .clean)
        }
        return Row(mutant: mutant)
    }
}

extension MutantTable.Row {
    var text: String {
        let found = seed.map { "\($0)" } ?? "NOT CAUGHT"
        return padded(mutant.rawValue, 26) + padded(mutant.sentence, 62) + padded(checker, 20) + padded(found, 12)
            + "of \(mutant.bound.map { "\($0)" } ?? "10000, left to the explorer")"
            + (controlIsClean ? "" : "  BUT THE SEED FAILS WITHOUT IT TOO")
    }

    var json: String {
        "{\"mutant\":\"\(mutant.rawValue)\",\"checker\":\"\(checker)\",\"seeds\":\(seed.map { "\($0)" } ?? "null"),\"bound\":\(mutant.bound.map { "\($0)" } ?? "null")}"
    }
}
