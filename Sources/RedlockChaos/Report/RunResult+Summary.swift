import Foundation
import RedlockCore
import RedlockHistory

extension RunResult {
    /// The verdict for a terminal, or as one JSON object.
    func summary(json: Bool) -> String {
        if json { return verdictJSON }
        let counts = OutcomeCounts(history)
        var lines = [
            "\(verdict.word.rawValue): \(verdict.reason)",
            "\(counts.granted) granted, \(counts.refusedText)\(counts.turnedAway) stale accesses turned away by the resource, \(faults.count) faults",
        ]
        lines += verdict.broken.prefix(5).map { "  \($0.checker) at \(seconds($0.evidence.at)) s: \($0.evidence.sentence)" }
        if !verdict.outside.isEmpty {
            lines.append("outside the promise, so not counted: \(verdict.outside.count)")
            lines += verdict.outside.prefix(3).map {
                "  \($0.checker) at \(seconds($0.evidence.at)) s, because \($0.excuse?.sentence ?? ""): \($0.evidence.sentence)"
            }
        }
        if let after = firstViolationAfter { lines.append("first seen after \(after.count / 1_000_000_000) s") }
        lines.append("again: \(plan.command)")
        return lines.joined(separator: "\n")
    }

    /// Seconds since the start of the run.
    func seconds(_ instant: Instant) -> String { String(format: "%.3f", Double((instant - startedAt).count) / 1e9) }

    /// The folder's files: report.html, history.jsonl, verdict.json, beside what the servers and clients have logged.
    func save() throws {
        let folder = URL(filePath: plan.folder)
        try Data(history.jsonLines.utf8).write(to: folder.appending(path: "history.jsonl"))
        try Data(HTMLReport(result: self).text.utf8).write(to: folder.appending(path: "report.html"))
        try Data((verdictJSON + "\n").utf8).write(to: folder.appending(path: "verdict.json"))
    }
}
