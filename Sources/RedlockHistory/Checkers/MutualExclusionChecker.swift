import RedlockCore

/// At no instant do two holders rely on the same resource: the intervals from grant to end of validity, release or death
/// do not overlap.
package struct MutualExclusionChecker: Checker {
    package let name = "mutual exclusion"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        var latest: [String: HeldLease] = [:]
        var evidence: [Evidence] = []
        for lease in leases where lease.reliedOnUntil > lease.grantedAt {
            guard let other = latest[lease.resource] else {
                latest[lease.resource] = lease
                continue
            }
            if other.reliedOnUntil > lease.grantedAt {
                let overlap = min(other.reliedOnUntil, lease.reliedOnUntil) - lease.grantedAt
                evidence.append(
                    Evidence(
                        "\(lease.resource) was held by lease \(other.id) of process \(other.process) and granted to lease \(lease.id)"
                            + " of process \(lease.process): both relied on it for \(overlap.milliseconds) ms",
                        at: lease.grantedAt, leases: [other.id, lease.id]))
            }
            if lease.reliedOnUntil > other.reliedOnUntil { latest[lease.resource] = lease }
        }
        return evidence.verdict
    }
}

extension Nanoseconds {
    /// With three decimals, for people.
    var milliseconds: String {
        let microseconds = count / 1_000
        let rest = "\(abs(microseconds % 1_000))"
        let sign = microseconds < 0 && microseconds > -1_000 ? "-" : ""
        return "\(sign)\(microseconds / 1_000).\(String(repeating: "0", count: 3 - rest.utf8.count))\(rest)"
    }
}

extension Instant {
    /// Milliseconds since the origin, for people.
    package var text: String { Nanoseconds(nanoseconds).milliseconds }
}
