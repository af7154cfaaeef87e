import RedlockCore

/// Before a lock is granted to another, whoever held it has been told to stop, has given it back, or could not be told
/// because its process was paused or dead. Also: nobody relies on a validity to its end untold.
package struct LossToldChecker: Checker {
    package let name = "loss told"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        let pauses = Pauses(history)
        var previous: [String: HeldLease] = [:]
        var evidence: [Evidence] = []
        for lease in leases {
            if let other = previous[lease.resource], !isTold(other, by: lease.grantedAt, pauses) {
                evidence.append(
                    Evidence(
                        "lease \(other.id) on \(lease.resource) was not told to stop before lease \(lease.id) was granted",
                        at: lease.grantedAt, leases: [other.id, lease.id]))
            }
            previous[lease.resource] = lease
        }
        // A lease that was over when it was granted is the continuity checker's business.
        for lease in leases
        where lease.grantedAt < lease.validUntil && lease.validUntil <= history.end && !isTold(lease, by: lease.validUntil, pauses) {
            evidence.append(
                Evidence(
                    "lease \(lease.id) on \(lease.resource) ran out and its holder was not told to stop before", at: lease.validUntil,
                    leases: [lease.id]))
        }
        return evidence.verdict
    }

    private func isTold(_ lease: HeldLease, by instant: Instant, _ pauses: Pauses) -> Bool {
        min(lease.toldAt ?? .distantFuture, lease.endedAt ?? .distantFuture) <= instant
            || pauses.contain(instant, of: lease.process)
    }
}

/// When which process did not run.
struct Pauses {
    private var intervals: [Int: [(from: Instant, until: Instant)]] = [:]

    init(_ history: History) {
        for operation in history.operations {
            switch operation.what {
            case .paused, .died:
                intervals[operation.process, default: []].append((operation.at, .distantFuture))
            case .resumed:
                if let last = intervals[operation.process]?.indices.last { intervals[operation.process]?[last].until = operation.at }
            default: break
            }
        }
    }

    /// A process that resumes at this very instant has not had the time to do anything yet.
    func contain(_ instant: Instant, of process: Int) -> Bool {
        intervals[process]?.contains { $0.from <= instant && instant <= $0.until } ?? false
    }
}
