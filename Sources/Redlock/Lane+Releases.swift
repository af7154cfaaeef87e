import RedlockCore
import RedlockNode

/// Releases are the lane's, not the caller's: they are owed until the nodes have answered or the keys have expired, and
/// no cancelled task and no lost connection changes that.
extension Lane {
    func release(
        _ token: LockToken, fence: UInt64, key: LockKey, at recipients: NodeSet, until: Instant,
        waiter: CheckedContinuation<Void, Never>?, now: Instant
    ) {
        let pending = PendingRelease(token: token, fence: fence, to: recipients, until: until, quorum: configuration.quorum)
        let slot = releases.insert(
            ReleaseSlot(pending: pending, key: key, waiter: waiter, waitUntil: now + configuration.attemptTimeout))
        write(slot, to: recipients)
        settleRelease(slot)
    }

    private func write(_ slot: UInt32, as form: CommandBatch.ScriptForm = .digest, to recipients: NodeSet) {
        guard let release = releases[slot] else { return }
        let reached = NodeSet(recipients.lazy.filter { self.nodes[$0.index].isUp })
        guard !reached.isEmpty else { return }
        batch.append(
            releaseOf: release.pending.token, fence: release.pending.fence, key: release.key, fences: configuration.fences, as: form,
            to: reached)
        let ticket = NodeTicket(.release, slot: slot, round: releases.uses(of: slot))
        for node in reached { nodes[node.index].expect(ticket) }
    }

    /// A node has answered a release, or its connection has ended.
    func answerRelease(_ answer: NodeAnswer, from node: NodeID) {
        let slot = answer.ticket.slot
        guard releases.uses(of: slot) == answer.ticket.round, releases.contains(slot) else { return }
        switch answer.content {
        case .released, .vote: releases[slot]?.pending.answer(from: node)
        case .notReleased: releases[slot]?.pending.giveUp(on: node)
        case .missingScript: write(slot, as: .source, to: NodeSet([node]))
        case .releaseLost: break  // owed still: written again when the node is back
        }
        settleRelease(slot)
    }

    /// The node is back: whatever is still owed to it is written once on the new connection.
    func repay(_ node: NodeID) {
        for slot in releases.ids where releases[slot]?.pending.owed.contains(node) == true {
            write(slot, to: NodeSet([node]))
        }
    }

    private func settleRelease(_ slot: UInt32) {
        guard let release = releases[slot] else { return }
        if release.pending.isConfirmed || release.pending.isSettled { finishWaiting(slot) }
        guard release.pending.isSettled else {
            let wakeAt = releases[slot]?.waiter == nil ? release.pending.until : min(release.waitUntil, release.pending.until)
            return wheel.arm(timer(ofRelease: slot), at: wakeAt)
        }
        remove(slot)
    }

    /// Time has come for a release: its waiter has waited long enough, or the keys have expired by themselves.
    func wakeRelease(_ slot: UInt32, at now: Instant) {
        guard let release = releases[slot] else { return }
        if now >= release.waitUntil { finishWaiting(slot) }
        if now >= release.pending.until { remove(slot) } else { settleRelease(slot) }
    }

    func finishWaiting(_ slot: UInt32) {
        releases[slot]?.waiter?.resume()
        releases[slot]?.waiter = nil
    }

    private func remove(_ slot: UInt32) {
        finishWaiting(slot)
        wheel.disarm(timer(ofRelease: slot))
        releases.remove(slot, uses: releases.uses(of: slot) &+ 1)
        if isShutDown { closeIfDrained() }
    }
}
