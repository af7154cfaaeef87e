/// What must be true after every step, checked in release builds too.
///
/// None of these can be made false by a peer, a network or a clock: one that fails is a mistake in this target, and
/// going on would risk telling somebody that they hold a lock.
extension LeaseMachine {
    /// What the checks compare of a state, noted before an event and again after it. A state as a whole is large, and
    /// copying two of them for each vote took a tenth of a lane's time.
    struct Mark {
        enum Kind { case idle, voting, raising, backingOff, held, ended }

        var kind: Kind
        var token = LockToken(high: 0, low: 0)
        var fence: UInt64 = 0
        var validUntil = Instant.distantFuture
        var mayHold = NodeSet.empty
        var stopTold = false
        var end: End?

        fileprivate init(_ kind: Kind) { self.kind = kind }

        fileprivate init(_ kind: Kind, _ attempt: Attempt) {
            self.kind = kind
            (token, validUntil, mayHold) = (attempt.token, attempt.validUntil, attempt.round.mayHold)
        }

        /// An attempt whose votes are counted, in either phase.
        var isAttempt: Bool { kind == .voting || kind == .raising }
    }

    func checkInvariants(
        before old: Mark, after new: Mark, of event: LeaseEvent, now: Instant, newEffects: ArraySlice<LeaseEffect>
    ) {
        switch (old.kind, new.kind) {
        case (.ended, _):
            precondition(new.end == old.end, "an ended lease changed its state")
        case (.held, .held):
            precondition(new.validUntil >= old.validUntil, "an extension shortened the lease")
            precondition(new.validUntil == old.validUntil || now < old.validUntil, "an extension was accepted after the old validity")
            precondition(new.token == old.token && new.fence == old.fence, "a held lease changed its token")
            precondition(new.stopTold || !old.stopTold, "a holder was told to stop and then to go on")
            precondition(old.mayHold.isSubset(of: new.mayHold), "a node that may hold the key was forgotten")
        case (.voting, .held), (.raising, .held):
            precondition(now < old.validUntil && new.validUntil == old.validUntil, "a lease was granted past its validity")
            precondition((lastTally?.granted.count ?? 0) >= terms.quorum.needed, "a lease was granted without a quorum")
            precondition(!terms.fencing || new.fence > 0, "a fenced lease was granted without a fencing token")
        case (_, .held):
            preconditionFailure("a lease was granted without a vote")
        case (.voting, .voting):
            precondition(old.token == new.token, "two attempts shared their votes")
        default:
            break
        }
        precondition(new.kind != .held || now < new.validUntil, "a lease past its validity is still held")
        checkTakenBack(before: old, after: new, of: event, newEffects: newEffects)
    }

    /// Leaving an attempt or a lease behind without a release would block others until the ttl ends.
    private func checkTakenBack(before old: Mark, after new: Mark, of event: LeaseEvent, newEffects: ArraySlice<LeaseEffect>) {
        guard new.kind == .ended || new.kind == .backingOff else { return }
        guard old.kind == .held || old.isAttempt && !old.mayHold.subtracting(nodesCleared(by: event)).isEmpty else { return }
        let token = old.token
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

extension LeaseMachine.State {
    var mark: LeaseMachine.Mark {
        switch self {
        case .idle: return LeaseMachine.Mark(.idle)
        case .voting(let attempt): return LeaseMachine.Mark(.voting, attempt)
        case .raising(let attempt, _): return LeaseMachine.Mark(.raising, attempt)
        case .backingOff: return LeaseMachine.Mark(.backingOff)
        case .held(let holding):
            var mark = LeaseMachine.Mark(.held)
            (mark.token, mark.fence, mark.validUntil) = (holding.token, holding.fence, holding.validUntil)
            (mark.mayHold, mark.stopTold) = (holding.mayHold, holding.stopTold)
            return mark
        case .ended(let end):
            var mark = LeaseMachine.Mark(.ended)
            mark.end = end
            return mark
        }
    }
}
