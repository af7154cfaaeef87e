import RedlockCore

/// Fencing tokens of a resource rise strictly in the order of the grants, and so are unique (PROTOCOL section 7).
package struct FencingChecker: Checker {
    package let name = "fencing order"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        var highest: [String: HeldLease] = [:]
        var evidence: [Evidence] = []
        for lease in leases where lease.fence > 0 {
            if let other = highest[lease.resource], other.fence >= lease.fence {
                let relation = other.fence == lease.fence ? "the same fencing token as" : "a smaller fencing token than"
                evidence.append(
                    Evidence(
                        "lease \(lease.id) on \(lease.resource) got \(relation) lease \(other.id), granted before it (\(lease.fence), \(other.fence))",
                        at: lease.grantedAt, leases: [other.id, lease.id]))
            } else {
                highest[lease.resource] = lease
            }
        }
        return evidence.verdict
    }
}
