import RedlockCore

/// One property that every history must have. Each checker is a file of its own.
package protocol Checker: Sendable {
    /// A few words, unique, for tables.
    var name: String { get }
    /// Whether a violation is one of progress instead of safety.
    var isLiveness: Bool { get }
    func check(_ history: History, _ leases: [HeldLease]) -> Verdict
}

extension Checker {
    package var isLiveness: Bool { false }
}

/// All properties of a history, the assumptions first.
package struct Report: Hashable, Sendable {
    package struct Finding: Hashable, Sendable {
        package let checker: String
        package let isLiveness: Bool
        package let verdict: Verdict
    }

    /// What the verdicts come down to.
    package enum Conclusion: String, Hashable, Sendable {
        case clean, unsafe, notLive, unknown
        /// The run left Redlock's model: whatever was found is neither a pass nor a failure.
        case outsideTheModel
    }

    package let broken: [Assumption]
    package let findings: [Finding]

    package static let checkers: [any Checker] = [
        MutualExclusionChecker(), ContinuityChecker(), FencingChecker(), ReleaseChecker(), LossToldChecker(), OrphanChecker(),
        ResourceChecker(), LivenessChecker(),
    ]

    package init(on history: History, checkers: [any Checker] = Report.checkers) {
        let leases = history.leases
        broken = AssumptionChecker().broken(in: history, leases)
        findings = checkers.map { Finding(checker: $0.name, isLiveness: $0.isLiveness, verdict: $0.check(history, leases)) }
    }

    package var conclusion: Conclusion {
        if !broken.isEmpty { return .outsideTheModel }
        if findings.contains(where: { $0.verdict.isInvalid && !$0.isLiveness }) { return .unsafe }
        if findings.contains(where: { $0.verdict.isInvalid }) { return .notLive }
        return findings.contains { $0.verdict != .valid } ? .unknown : .clean
    }

    /// The first property that was violated, safety before progress.
    package var violated: Finding? {
        findings.first { $0.verdict.isInvalid && !$0.isLiveness } ?? findings.first { $0.verdict.isInvalid }
    }

    /// All evidence, in the order of the checkers.
    package var evidence: [Evidence] {
        findings.flatMap { finding -> [Evidence] in if case .invalid(let evidence) = finding.verdict { evidence } else { [] } }
    }
}
