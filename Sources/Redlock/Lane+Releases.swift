import RedlockCore
import RedlockNode

/// Releases are the lane's, not the caller's: they are owed until the nodes have answered or the keys have expired, and
/// no cancelled task and no lost connection changes that.
extension Lane {
    func release(
        _ token: LockToken, fence: UInt64, key: LockKey, at recipients: NodeSet, until: Instant,
        waiter: UnsafeContinuation<Void, Never>?, now: Instant
    ) {
        guard !isClosed else {
            waiter?.resume()
            return
        }
        let pending = PendingRelease(token: token, fence: fence, to: recipients, until: until, quorum: configuration.quorum)
        let record = ReleaseRecord(pending, key: key, waiter: waiter, waitUntil: now + configuration.attemptTimeout)
        let slot = releases.insert(record)
        write(record, in: slot, to: recipients)
        settle(record, in: slot)
    }

    private func write(
        _ record: ReleaseRecord, in slot: UInt32, as form: CommandBatch.ScriptForm = .digest, to recipients: NodeSet
    ) {
        var reached = recipients
        for node in recipients where !nodes[node.index].isUp { reached.remove(node) }
        guard !reached.isEmpty else { return }
        batch.append(
            releaseOf: record.pending.token, fence: record.pending.fence, key: record.key, fences: configuration.fences, as: form,
            to: reached, NodeTicket(.release, slot: slot, round: releases.uses(of: slot)))
    }

    /// A node has answered a release, or its connection has ended.
    func answerRelease(_ answer: NodeAnswer, from node: NodeID) {
        let slot = answer.ticket.slot
        guard releases.uses(of: slot) == answer.ticket.round, let record = releases[slot] else { return }
        switch answer.content {
        case .released, .vote: record.pending.answer(from: node)
        case .notReleased: record.pending.giveUp(on: node)
        case .missingScript: return write(record, in: slot, as: .source, to: NodeSet([node]))
        case .releaseLost, .noticed: return  // owed still: written again when the node is back
        }
        settle(record, in: slot)
    }

    /// The node is back: whatever is still owed to it is written once on the new connection.
    func repay(_ node: NodeID) {
        for (slot, record) in releases.all where record.pending.owed.contains(node) {
            write(record, in: slot, to: NodeSet([node]))
        }
    }

    private func settle(_ record: ReleaseRecord, in slot: UInt32) {
        if record.pending.isSettled { return remove(record, from: slot) }
        if record.pending.isConfirmed { record.finishWaiting() }
        releaseDeadlines.arm(slot, at: record.wakeAt)
    }

    /// Time has come for a release: its waiter has waited long enough, or the keys have expired by themselves.
    func wakeRelease(_ slot: UInt32, at now: Instant) {
        guard let record = releases[slot] else { return }
        record.finishWaitingIfDue(at: now)
        if now >= record.pending.until { remove(record, from: slot) } else { settle(record, in: slot) }
    }

    private func remove(_ record: ReleaseRecord, from slot: UInt32) {
        record.finishWaiting()
        releaseDeadlines.disarm(slot)
        releases.remove(slot, uses: releases.uses(of: slot) &+ 1)
    }
}
