import Foundation

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
        var turnedAway = 0
        var broken = 0
        var outside = 0

        init(_ name: String, _ result: RunResult, seconds: Double) {
            let counts = OutcomeCounts(result.history)
            self.init(name, result.verdict.word, result.verdict.reason, seed: result.plan.seed, seconds: seconds)
            grants = counts.granted
            faults = result.faults.count
            turnedAway = counts.turnedAway
            broken = result.verdict.broken.count
            outside = result.verdict.outside.count
        }

        init(_ name: String, failure: String, seed: UInt64, seconds: Double) {
            self.init(name, .harnessFailure, failure, seed: seed, seconds: seconds)
        }

        init(_ name: String, _ word: RunVerdict.Word, _ reason: String, seed: UInt64, seconds: Double) {
            self.name = name
            self.word = word
            self.reason = reason
            self.seed = seed
            self.seconds = seconds
        }
    }

    var rows: [Row] = []
    /// Whether runs are missing because somebody ended the suite.
    var isInterrupted = false

    /// A broken promise before a failure of the harness, and that before not knowing.
    var exitCode: Int32 {
        let codes = Set(rows.map(\.word.exitCode))
        return [1, 2, 3].first { codes.contains($0) } ?? (isInterrupted ? RunVerdict.Word.unknown.exitCode : 0)
    }

    static let head = line(
        "run", "verdict", ["seed", "seconds", "grants", "faults", "turned away", "violations", "outside"])

    fileprivate static func line(_ name: String, _ word: String, _ cells: [String]) -> String {
        padded(name, 14, cutting: false) + padded(word, 15, cutting: false)
            + zip(cells, [6, 8, 8, 7, 12, 11, 8]).map { padded(left: $0, $1) }.joined()
    }
}

extension SuiteTable.Row {
    /// The reason comes below where there is something to say.
    var text: String {
        let figures = ["\(seed)", "\(Int(seconds))"] + [grants, faults, turnedAway, broken, outside].map { "\($0)" }
        return SuiteTable.line(name, word.rawValue, figures) + (word == .valid ? "" : "\n    \(reason)")
    }

    private struct Entry: Encodable {
        let run, verdict, reason: String
        let seed: UInt64
        let seconds, grants, faults, turnedAway, violations, outside: Int
    }

    /// One object, in one line.
    var json: String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let entry = Entry(
            run: name, verdict: word.rawValue, reason: reason, seed: seed, seconds: Int(seconds), grants: grants, faults: faults,
            turnedAway: turnedAway, violations: broken, outside: outside)
        return (try? encoder.encode(entry)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
