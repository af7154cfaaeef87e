import RedlockCore

/// No key outlives its lease: none is left when everything is long over, and once the network is whole again every key
/// of an attempt that was taken back, or of a lease that was given back, is deleted at once instead of by its expiry.
package struct OrphanChecker: Checker {
    package let name = "no orphan key"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        var evidence: [Evidence] = []
        var healing: (at: Instant, cleanWithin: Nanoseconds)?
        var owed: [UInt64: Instant] = [:]
        var tried: Set<UInt64> = []
        var stored: [Key: Instant] = [:]
        var order: [Key] = []
        for operation in history.operations {
            switch operation.what {
            case .healed(_, let within): healing = (operation.at, within)
            case .tried(let token) where healing != nil: tried.insert(token)
            case .stored(let node, let token) where tried.contains(token):
                let key = Key(node: node, token: token)
                if stored[key] == nil { order.append(key) }
                stored[key] = operation.at
            case .tookBack(let token) where tried.contains(token): owed[token] = operation.at
            case .deleted(let node, let token, _):
                let key = Key(node: node, token: token)
                guard let healing, let storedAt = stored[key], let owedAt = owed[token] else { continue }
                let late = operation.at - max(storedAt, owedAt)
                if late > healing.cleanWithin {
                    evidence.append(
                        Evidence(
                            "node \(node) kept the key of token \(token) for \(late.milliseconds) ms after it was given back",
                            at: operation.at))
                }
                stored[key] = nil
            case .left(let node, let token):
                evidence.append(Evidence("the key of token \(token) is still on node \(node) after everything is over", at: operation.at))
            default: break
            }
        }
        for key in order {
            guard let healing, let storedAt = stored[key], let owedAt = owed[key.token] else { continue }
            let since = max(storedAt, owedAt)
            guard history.end - since > healing.cleanWithin else { continue }
            evidence.append(Evidence("the key of token \(key.token) was given back and never deleted from node \(key.node)", at: since))
        }
        return evidence.verdict
    }

    private struct Key: Hashable {
        let node: Int
        let token: UInt64
    }
}
