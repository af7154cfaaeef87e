import RedlockCore

/// After healing every lock that is asked for is given in time.
package struct LivenessChecker: Checker {
    package let name = "liveness"
    package let isLiveness = true

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        guard let start = history.operations.firstIndex(where: { if case .healed = $0.what { true } else { false } }),
            case .healed(let liveBy, _) = history.operations[start].what
        else { return .unknown("the run was never healed") }
        var open: [(lease: Int, process: Int, at: Instant)] = []
        var evidence: [Evidence] = []
        for operation in history.operations[start...] {
            switch operation.what {
            case .acquire: open.append((operation.lease, operation.process, operation.at))
            case .granted:
                open.removeAll { $0.lease == operation.lease }
            case .refused(let reason) where open.contains { $0.lease == operation.lease }:
                open.removeAll { $0.lease == operation.lease }
                evidence.append(
                    Evidence(
                        "process \(operation.process) was refused a lock (\(reason)) although everything had healed", at: operation.at,
                        leases: [operation.lease]))
            default: break
            }
        }
        for asked in open where history.end >= liveBy {
            evidence.append(
                Evidence("process \(asked.process) asked for a lock after healing and never got it", at: asked.at, leases: [asked.lease]))
        }
        return evidence.verdict
    }
}
