import RedlockCore

/// Whether the run stayed inside Redlock's model. Comes before every other checker: outside the model two holders at once
/// are to be expected, and say nothing about the code.
struct AssumptionChecker {
    func broken(in history: History, _ leases: [HeldLease]) -> [Assumption] {
        var broken: [Assumption] = []
        var byID: [Int: HeldLease] = [:]
        for operation in history.operations {
            let found: Assumption?
            switch operation.what {
            case .outside(let assumption): found = assumption
            case .acted:
                if byID.isEmpty { for lease in leases { byID[lease.id] = lease } }
                found = byID[operation.lease].map { operation.at >= $0.reliedOnUntil } == true ? .pauseBetweenCheckAndUse : nil
            default: found = nil
            }
            if let found, !broken.contains(found) { broken.append(found) }
        }
        return broken
    }
}
