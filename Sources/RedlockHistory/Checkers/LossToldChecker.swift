package import RedlockCore

/// Before a lock is granted to another, whoever held it has been told to stop, has given it back, or could not be told
/// because its process was paused or dead. Also: nobody relies on a validity to its end untold.
package struct LossToldChecker: Checker {
    package let name = "loss told"
    /// How long after a pause a process may need to tell what it missed: no time at all in the simulator; on a real machine
    /// the safety margin, for that is how much earlier than the end of validity the telling begins.
    private let margin: Nanoseconds

    package init(margin: Nanoseconds = .zero) { self.margin = margin }

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        let pauses = Pauses(history, grace: margin)
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
package struct Pauses {
    private var intervals: [Int: [(from: Instant, until: Instant)]] = [:]

    /// - Parameter grace: how long after a pause a process may need to do what it missed.
    package init(_ history: History, grace: Nanoseconds = .zero) {
        for operation in history.operations {
            switch operation.what {
            case .paused, .died:
                intervals[operation.process, default: []].append((operation.at, .distantFuture))
            case .resumed:
                for index in intervals[operation.process]?.indices ?? 0..<0
                where intervals[operation.process]?[index].until == .distantFuture {
                    intervals[operation.process]?[index].until = operation.at + grace
                }
            default: break
            }
        }
    }

    /// A process that resumes at this very instant has not had the time to do anything yet.
    func contain(_ instant: Instant, of process: Int) -> Bool {
        overlap(from: instant, until: instant, of: process)
    }

    /// Whether the process did not run at some time between the two.
    package func overlap(from: Instant, until: Instant, of process: Int) -> Bool {
        intervals[process]?.contains { $0.from <= until && from <= $0.until } ?? false
    }
}
