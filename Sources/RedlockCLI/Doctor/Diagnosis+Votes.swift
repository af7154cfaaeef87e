import RedlockCore
import RedlockNode

/// How many nodes there are, and whether their votes make a quorum.
extension Diagnosis {
    var nodeCount: [Finding] {
        switch facts.count {
        case 1, 2:
            [
                whole(
                    .nodes, .warning, "\(facts.count) \(facts.count == 1 ? "node" : "nodes"): the loss of one is the loss of all locks",
                    "name 3 or 5 independent servers under nodes: in the file for --config, or in REDLOCK_NODES")
            ]
        case let count where count % 2 == 0:
            [
                whole(
                    .nodes, .warning, "\(count) nodes survive the loss of \(count - needed), as \(count - 1) would",
                    "take one node away or add one, in the configuration of every client")
            ]
        case let count: [Self.ok(.nodes, "\(count) nodes survive the loss of \(count - needed)")]
        }
    }

    var reachable: [Finding] {
        let greeted = facts.contains { $0.libraryFault != nil } ? "" : ", and take the library's greeting"
        return each(.reachable, otherwise: "all \(facts.count) answer\(greeted)") { node in
            if let fault = node.fault { return (.error, fault.detail, Self.remedy(of: fault)) }
            // What is wrong with the user's rights or the server's kind is said where it belongs.
            guard let fault = node.libraryFault, Self.mayLock(node), node.refusal == nil else { return nil }
            return (.error, "answers, and the library cannot use it: \(fault.detail)", "mend what it says")
        }
    }

    /// What makes a node answer, or answer us.
    private static func remedy(of fault: NodeFault) -> String {
        switch fault.kind {
        case .protocolViolation: "correct the URL: what listens there is not Redis"
        case .denied where fault.detail.contains("password"):
            "put the user and the password into the file for --config (user: and password-file: or password-env:), or into REDLOCK_NODES"
        case .denied, .notServing, .tls, .unfit: "mend what it says"
        case .notConnected where fault.detail.contains("does not answer"), .stalled, .timedOut:
            "look at its process: it may be stopped, swapping or busy with a slow command"
        case .notConnected, .closed, .overloaded, .quarantined: "start the server, or correct its URL"
        }
    }

    var quorum: [Finding] {
        let fit = facts.filter { node in
            guard node.fault == nil, node.libraryFault == nil, node.writeFault == nil, Self.mayLock(node), node.server != nil else {
                return false
            }
            return node.refusal == nil
        }
        // A server that is named twice has one vote.
        let votes = Set(fit.filter { quarantineLeft($0) == nil }.compactMap { $0.server?.runID }).count
        let later = Set(fit.compactMap { $0.server?.runID }).count
        let count = "\(votes) of \(facts.count) nodes can vote, the quorum is \(needed)"
        guard votes < needed else {
            guard votes == needed, facts.count > 2, votes < facts.count else { return [Self.ok(.quorum, count)] }
            return [whole(.quorum, .warning, "\(count): the next loss ends all locking", "mend the nodes named here, one after the other")]
        }
        return [
            whole(
                .quorum, .error, "\(count): no lock can be taken",
                later >= needed
                    ? "wait for the quarantine to end, as said under uptime" : "mend the nodes named here until \(needed) can vote")
        ]
    }

    var distinct: [Finding] {
        var first: [String: Int] = [:]
        var found: [Finding] = []
        for (index, node) in facts.enumerated() {
            guard let runID = node.server?.runID else { continue }
            guard let other = first[runID] else {
                first[runID] = index
                continue
            }
            found.append(
                Finding(
                    check: .distinct, level: .error, nodes: [index], detail: "is the same server as \(facts[other].name)",
                    remedy: "give the URL of another server in its place, in every client"))
        }
        return found.isEmpty ? [Self.ok(.distinct, "\(first.count) \(first.count == 1 ? "server" : "different servers")")] : found
    }
}
