import RedlockCore

/// A lease is one interval without a gap: granted while some of its validity is left, extended only inside the old
/// validity (C6), never shortened (C5), and never alive again after its end.
package struct ContinuityChecker: Checker {
    package let name = "continuity"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        var validUntil: [Int: Instant] = [:]
        var over: Set<Int> = []
        var evidence: [Evidence] = []
        for operation in history.operations where operation.lease != 0 {
            let id = operation.lease
            switch operation.what {
            case .granted(let until, _):
                if operation.at >= until {
                    evidence.append(
                        Evidence(
                            "lease \(id) was granted \((operation.at - until).milliseconds) ms after the end of its validity",
                            at: operation.at, leases: [id]))
                }
                validUntil[id] = until
            case .extended(let until):
                guard let old = validUntil[id] else {
                    evidence.append(Evidence("lease \(id) was extended and had never been granted", at: operation.at, leases: [id]))
                    continue
                }
                if operation.at >= old {
                    evidence.append(
                        Evidence(
                            "an extension of lease \(id) was accepted \((operation.at - old).milliseconds) ms after its validity",
                            at: operation.at, leases: [id]))
                }
                if until < old {
                    evidence.append(
                        Evidence("an extension made lease \(id) \((old - until).milliseconds) ms shorter", at: operation.at, leases: [id]))
                }
                if over.contains(id) {
                    evidence.append(Evidence("lease \(id) was extended after its end had been told", at: operation.at, leases: [id]))
                }
                validUntil[id] = until
            case .revalued(let until):
                validUntil[id] = until
            case .mustStop, .lost, .released:
                over.insert(id)
            default:
                break
            }
        }
        return evidence.verdict
    }
}
