import Foundation
import RedlockCore
import RedlockHistory

/// verdict.json.
private struct VerdictFile: Encodable {
    struct Fault: Encodable {
        let nemesis, detail: String
        let from: Double
        let until: Double?
        let breaks: String?
    }
    struct Violation: Encodable {
        let checker, sentence: String
        let at: Double
        let leases: [Int]
        /// The assumption that was broken; nil if the promise was.
        let outside: String?
    }

    let verdict, reason, command: String
    let seed: UInt64
    let exitCode: Int32
    let granted: Int
    let refused: [String: Int]
    let extended, lost, released, written, turnedAway: Int
    let checkers: [String: String]
    let violations: [Violation]
    let faults: [Fault]
    let firstViolationSeenAfter: Double?
}

extension RunResult {
    var verdictJSON: String {
        let counts = OutcomeCounts(history)
        func seconds(_ instant: RedlockCore.Instant) -> Double { Double((instant - startedAt).count / 1_000_000) / 1_000 }
        let file = VerdictFile(
            verdict: verdict.word.rawValue, reason: verdict.reason, command: plan.command, seed: plan.seed,
            exitCode: verdict.word.exitCode, granted: counts.granted, refused: counts.refused, extended: counts.extended,
            lost: counts.lost, released: counts.released, written: counts.written, turnedAway: counts.turnedAway,
            checkers: Dictionary(verdict.findings.map { ($0.checker, $0.verdict.word) }, uniquingKeysWith: { first, _ in first }),
            violations: verdict.violations.prefix(1_000).map {
                .init(
                    checker: $0.checker, sentence: $0.evidence.sentence, at: seconds($0.evidence.at), leases: $0.evidence.leases,
                    outside: $0.excuse?.rawValue)
            },
            faults: faults.map {
                .init(
                    nemesis: $0.nemesis, detail: $0.detail, from: seconds($0.from), until: $0.until.map(seconds),
                    breaks: $0.breaks?.rawValue)
            },
            firstViolationSeenAfter: firstViolationAfter.map { Double($0.count / 1_000_000) / 1_000 })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        return (try? encoder.encode(file)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}
