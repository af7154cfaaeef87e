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
    }

    private func count(_ vote: Vote, _ ticket: NodeTicket, from id: NodeID) {
        let round = RoundID(ticket.round)
        // Most answers beyond the quorum are for rounds that are over; they cost no reading of the clock.
        guard leases[ticket.slot]?.machine.isOpen(round) == true else { return }
        // Read after the vote came in: a lease is granted only if it is still valid now.
        step(ticket.slot, .voted(id, vote, round), at: BootClock.now())
    }

    func nodeFinishedReading(_ id: NodeID) {
        flush()
    }

    func nodeChanged(_ id: NodeID, isUp: Bool) {
        let now = BootClock.now()
        let node = nodes[id.index]
        if isUp {
            logger.debug("a node is up", metadata: [LogKeys.node: "\(node.endpoint)"])
            repay(id)
        } else {
            logger.debug("a node is down", metadata: [LogKeys.node: "\(node.endpoint)", LogKeys.reason: "\(node.fault?.detail ?? "")"])
        }
        if !start.isOver {
            start.node(id, isUp: isUp, at: now)
            admitWaiting(at: now)
        }
        if isShutDown { closeIfDrained() }
        flush()
    }
}
