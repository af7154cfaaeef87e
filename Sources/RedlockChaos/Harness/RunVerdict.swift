import RedlockCore
import RedlockHistory

/// What a run comes down to.
struct RunVerdict: Sendable {
    enum Word: String, Sendable {
        case valid
        case broken
        case harnessFailure = "harness failure"
        case unknown

        /// What the process ends with.
        var exitCode: Int32 {
            switch self {
            case .valid: 0
            case .broken: 1
            case .harnessFailure: 2
            case .unknown: 3
            }
        }
    }

    /// One violation, and the property that it violates.
    struct Violation: Sendable {
        let checker: String
        let evidence: Evidence
        /// The assumption that was broken then; nil if the promise stood.
        let excuse: Assumption?
    }

    let word: Word
    /// Why, in a sentence.
    let reason: String
    let violations: [Violation]
    let findings: [Report.Finding]

    var broken: [Violation] { violations.filter { $0.excuse == nil } }
    var outside: [Violation] { violations.filter { $0.excuse != nil } }

    /// The properties of a run on real servers. What a node deletes cannot be seen there, only what is left.
    ///
    /// Whoever runs must be told by the end of validity at the latest; who was stopped, or got no core, until less than a
    /// safety margin before it, is excused.
    private static func checkers(_ plan: RunPlan) -> [any Checker] {
        [
            MutualExclusionChecker(), ResourceChecker(), ContinuityChecker(), FencingChecker(), LossToldChecker(margin: plan.safetyMargin),
            OrphanChecker(), LivenessChecker(),
        ]
    }

    /// Fencing has to protect the resource also where two hold the lock at once; so nothing excuses an update that is lost.
    private static let neverExcused = ResourceChecker().name

    /// Violations of safety up to now, of a run that is not over.
    static func soFar(_ history: History, faults: [FaultRecord], plan: RunPlan) -> [Violation] {
        violations(Report(on: history, checkers: checkers(plan).filter { !$0.isLiveness }).findings, faults, plan.maxTTL)
    }

    /// - Parameters:
    ///   - clients: what was seen of the client processes themselves: crashes and hangs.
    ///   - failures: what the harness could not do.
    ///   - gaps: why something is missing in the history. Then what was found in it proves nothing, either way.
    init(
        _ history: History, faults: [FaultRecord], plan: RunPlan, clients: [Violation], failures: [String], gaps: [String] = [],
        isComplete: Bool
    ) {
        let report = Report(on: history, checkers: Self.checkers(plan))
        findings = report.findings
        violations = Self.violations(report.findings, faults, plan.maxTTL) + clients
        let grants = history.leases.count
        if let gap = gaps.first {
            (word, reason) = (.harnessFailure, gap)
        } else if let first = violations.first(where: { $0.excuse == nil }) {
            (word, reason) = (.broken, "\(first.checker): \(first.evidence.sentence)")
        } else if let failure = failures.first {
            (word, reason) = (.harnessFailure, failure)
        } else if grants == 0 {
            (word, reason) = (.unknown, "no lock was ever granted")
        } else if !isComplete {
            (word, reason) = (.unknown, "the run was ended before everything had healed; up to then no promise was broken")
        } else if case .unknown(let what)? = report.findings.map(\.verdict).first(where: { if case .unknown = $0 { true } else { false } })
        {
            (word, reason) = (.unknown, what)
        } else {
            (word, reason) = (.valid, "\(grants) grants, and every promise was kept")
        }
    }

    private static func violations(_ findings: [Report.Finding], _ faults: [FaultRecord], _ maxTTL: Nanoseconds) -> [Violation] {
        findings.flatMap { finding -> [Violation] in
            guard case .invalid(let evidence) = finding.verdict else { return [] }
            return evidence.map { one in
                Violation(
                    checker: finding.checker, evidence: one,
                    excuse: finding.checker == neverExcused ? nil : excuse(at: one.at, faults, maxTTL))
            }
        }
    }

    /// The latest broken assumption whose effects last until then: keys that it made or took away are over after the longest ttl.
    private static func excuse(at instant: Instant, _ faults: [FaultRecord], _ maxTTL: Nanoseconds) -> Assumption? {
        faults.last { fault in
            fault.breaks != nil && fault.from <= instant && instant <= (fault.until ?? .distantFuture) + maxTTL + .seconds(2)
        }?.breaks
    }
}
