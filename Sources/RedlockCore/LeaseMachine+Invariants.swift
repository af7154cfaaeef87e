/// What must be true after every step, checked in release builds too.
///
/// None of these can be made false by a peer, a network or a clock: one that fails is a mistake in this target, and
/// going on would risk telling somebody that they hold a lock.
extension LeaseMachine {
    func checkInvariants(before: LeaseMachine, after event: LeaseEvent, now: Instant, newEffects: ArraySlice<LeaseEffect>) {
        switch (before.state, state) {
        case (.ended(let old), let new):
            precondition(new == .ended(old), "an ended lease changed its state")
        case (.held(let old), .held(let new)):
            precondition(new.validUntil >= old.validUntil, "an extension shortened the lease")
            precondition(new.validUntil == old.validUntil || now < old.validUntil, "an extension was accepted after the old validity")
            precondition(new.token == old.token && new.fence == old.fence, "a held lease changed its token")
            precondition(new.stopTold || !old.stopTold, "a holder was told to stop and then to go on")
            precondition(old.mayHold.isSubset(of: new.mayHold), "a node that may hold the key was forgotten")
        case (.voting(let attempt), .held(let holding)), (.raising(let attempt, _), .held(let holding)):
            precondition(now < attempt.validUntil && holding.validUntil == attempt.validUntil, "a lease was granted past its validity")
            precondition((lastTally?.granted.count ?? 0) >= terms.quorum.needed, "a lease was granted without a quorum")
            precondition(!terms.fencing || holding.fence > 0, "a fenced lease was granted without a fencing token")
        case (_, .held):
            preconditionFailure("a lease was granted without a vote")
        case (.voting(let old), .voting(let new)):
            precondition(old.token == new.token, "two attempts shared their votes")
        default:
            break
        }
        if case .held(let holding) = state {
            precondition(now < holding.validUntil, "a lease past its validity is still held")
        }
        checkTakenBack(before: before, after: event, newEffects: newEffects)
    }

    /// Leaving an attempt or a lease behind without a release would block others until the ttl ends.
    private func checkTakenBack(before: LeaseMachine, after event: LeaseEvent, newEffects: ArraySlice<LeaseEffect>) {
        let token: LockToken
        switch (before.state, state) {
        case (.voting(let attempt), .backingOff), (.voting(let attempt), .ended),
            (.raising(let attempt, _), .backingOff), (.raising(let attempt, _), .ended):
            guard !attempt.round.mayHold.subtracting(nodesCleared(by: event)).isEmpty else { return }
            token = attempt.token
        case (.held(let holding), .ended):
            token = holding.token
        default:
            return
        }
        let released = newEffects.contains { if case .release(token, _, _, _) = $0 { true } else { false } }
        precondition(released, "keys were left behind without a release")
    }

    /// The nodes that hold nothing of ours because of this event: they refused, or nothing was written to them after all.
    private func nodesCleared(by event: LeaseEvent) -> NodeSet {
        switch event {
        case .voted(let node, .refused, _): NodeSet([node])
        case .unsent(let nodes, _): nodes
        default: .empty
        }
    }
}
