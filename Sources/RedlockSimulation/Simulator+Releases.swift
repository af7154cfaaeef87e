import RedlockCore
import RedlockHistory

/// Releases as `Lane+Releases` keeps them: owed until the nodes have answered or the keys have expired.
extension Simulator {
    func release(_ token: LockToken, fence: UInt64, resource: LockKey, to recipients: NodeSet, until: Instant, _ process: Int) {
        if mutant == .noRollback { return }
        var recipients = recipients
        if mutant == .rollbackOnlyWhereGranted { recipients = granted(token, process) ?? recipients }
        let quorum = Quorum(nodes: options.nodes)
        let pending = PendingRelease(token: token, fence: fence, to: recipients, until: until, quorum: quorum)
        let slot = processes[process].releases.insert(.init(pending: pending, resource: resource))
        write(slot, to: recipients, process)
        settleRelease(slot, process)
        if processes[process].releases.contains(slot) {
            queue.push(.wakeRelease, at: min(trueTime(of: until, on: process), .max - 1) + 1_000_000, process, slot)
        }
    }

    /// For the mutant that rolls back only where the grant is known: which nodes those are.
    private func granted(_ token: LockToken, _ process: Int) -> NodeSet? {
        for slot in processes[process].leases.ids {
            guard let machine = processes[process].leases[slot]?.machine, let tally = machine.lastTally else { continue }
            if processes[process].leases[slot]?.lastTried == token { return tally.granted }
        }
        return nil
    }

    private func write(_ slot: Int, byDigest: Bool = true, to recipients: NodeSet, _ process: Int) {
        guard let release = processes[process].releases[slot] else { return }
        let fenceTTL = FenceTerms(quarantine: options.quarantine).timeToLive.wholeMilliseconds
        let command = NodeCommand.release(release.resource, token: release.pending.token, fence: release.pending.fence, fenceTTL: fenceTTL)
        for node in recipients where isUp(process, node.index) {
            guard let connection = processes[process].links[node.index].connection else { continue }
            let ticket = SimulatedConnection.Ticket(kind: .release, slot: slot, round: processes[process].releases.uses(of: slot))
            send(command, ticket, byDigest: byDigest, over: connection)
        }
    }

    func releaseAnswered(_ ticket: SimulatedConnection.Ticket, by node: Int, for process: Int) {
        guard processes[process].releases.uses(of: ticket.slot) == ticket.round else { return }
        processes[process].releases[ticket.slot]?.pending.answer(from: NodeID(node))
        settleRelease(ticket.slot, process)
    }

    /// The node has lost the script: the release is written again, in full.
    func rewrite(_ ticket: SimulatedConnection.Ticket, to node: Int, _ process: Int) {
        guard processes[process].releases.uses(of: ticket.slot) == ticket.round else { return }
        write(ticket.slot, byDigest: false, to: NodeSet([NodeID(node)]), process)
    }

    /// The node is back: whatever is still owed to it is written once on the new connection.
    func repay(_ process: Int, _ node: Int) {
        for slot in processes[process].releases.ids
        where processes[process].releases[slot]?.pending.owed.contains(NodeID(node)) == true {
            write(slot, to: NodeSet([NodeID(node)]), process)
        }
    }

    func wakeRelease(_ process: Int, _ slot: Int) {
        guard let release = processes[process].releases[slot], localTime(of: process) >= release.pending.until else { return }
        remove(slot, process)
    }

    private func settleRelease(_ slot: Int, _ process: Int) {
        guard let release = processes[process].releases[slot], release.pending.isSettled else { return }
        remove(slot, process)
    }

    private func remove(_ slot: Int, _ process: Int) {
        let uses = processes[process].releases.uses(of: slot)
        processes[process].releases.remove(slot, uses: uses &+ 1)
        if processes[process].isShutDown { closeIfDrained(process) }
    }
}
