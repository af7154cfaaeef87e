import RedlockCore

/// Nobody deletes a key that stands for another's token.
package struct ReleaseChecker: Checker {
    package let name = "no foreign release"

    package init() {}

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        var evidence: [Evidence] = []
        for operation in history.operations {
            guard case .deleted(let node, let token, let by) = operation.what, token != by else { continue }
            evidence.append(Evidence("node \(node) deleted the key of token \(token) because token \(by) was released", at: operation.at))
        }
        return evidence.verdict
    }
}
