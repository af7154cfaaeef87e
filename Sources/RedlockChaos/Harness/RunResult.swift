import RedlockCore
import RedlockHistory

/// A run that is over.
struct RunResult: Sendable {
    let plan: RunPlan
    let history: History
    let faults: [FaultRecord]
    let verdict: RunVerdict
    let startedAt: Instant
    /// How long after the start of the run the first violation was seen.
    let firstViolationAfter: Nanoseconds?
}
