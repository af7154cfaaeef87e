import Logging
import RedlockCore
import RedlockNode

/// What the nodes say.
extension Lane: NodeOwner {
    func node(_ id: NodeID, answered answers: [NodeAnswer]) {
        for answer in answers {
            switch (answer.ticket.kind, answer.content) {
            case (.release, _): answerRelease(answer, from: id)
            case (_, .vote(let vote)): count(vote, answer.ticket, from: id)
            case (_, .missingScript): resend(answer.ticket, to: id)
            default: break
            }
        }
        flush()
    }

    private func count(_ vote: Vote, _ ticket: NodeTicket, from id: NodeID) {
        let round = RoundID(ticket.round)
        // Most answers beyond the quorum are for rounds that are over; they cost no reading of the clock.
        guard let record = leases[ticket.slot], record.handle.standing.openRound == round else { return }
        // Read after the vote came in: a lease is granted only if it is still valid now.
        step(record, .voted(id, vote, round), at: BootClock.now())
    }

    func nodeChanged(_ id: NodeID, isUp: Bool) {
        let now = BootClock.now()
        let node = nodes[id.index]
        if isUp {
            logger.debug("a node is up", metadata: [LogKeys.node: "\(node.endpoint)"])
            preflight(node)
            repay(id)
        } else {
            logger.debug("a node is down", metadata: [LogKeys.node: "\(node.endpoint)", LogKeys.reason: "\(node.fault?.detail ?? "")"])
        }
        if !start.isOver {
            start.node(id, isUp: isUp, at: now)
            admitWaiting(at: now)
        }
        flush()
    }

    func node(_ id: NodeID, clockWasSetBy step: Nanoseconds) {
        logger.warning(
            "the clock of a node was set; keys there expire by it, so slew clocks and do not step them",
            metadata: [LogKeys.node: "\(nodes[id.index].endpoint)", LogKeys.reason: "set by \(step)"])
    }

    /// Decides whether this server may vote at all, and warns once of what may break a promise later.
    private func preflight(_ node: NodeClient) {
        guard let server = node.identity else { return }
        node.refusal = Preflight.refusal(of: server)
        // Of two names for one server the first in the configuration counts. Its identity outlives its connection: in one
        // round the same server must not vote under both.
        for other in nodes where other.id != node.id {
            guard let its = other.identity else { continue }
            let (first, second) = other.id < node.id ? (other, node) : (node, other)
            guard let refusal = Preflight.refusal(of: server, beside: its, named: first.endpoint.description) else { continue }
            second.refusal = second.refusal ?? refusal
        }
        if let refusal = node.refusal {
            logger.error("a node cannot be used", metadata: [LogKeys.node: "\(node.endpoint)", LogKeys.reason: "\(refusal)"])
        }
        // One node alone is no quorum to protect; whoever locks on it knows.
        let isQuarantined = configuration.client.quarantine != nil || nodes.count < 3
        for warning in Preflight.warnings(about: server, isQuarantined: isQuarantined)
        where warned.insert(Warned(node: node.id, warning: warning)).inserted {
            logger.warning("a node is not safe to lock on", metadata: [LogKeys.node: "\(node.endpoint)", LogKeys.reason: "\(warning)"])
        }
    }

    /// A warning that has been logged.
    struct Warned: Hashable {
        let node: NodeID
        let warning: Preflight.Warning
    }
}
