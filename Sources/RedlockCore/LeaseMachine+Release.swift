/// HELD → RELEASED (PROTOCOL section 6).
extension LeaseMachine {
    /// Gives the lock back. The state is final before the first byte is sent, and no extension begins or counts after it.
    ///
    /// Releasing a lease that has run out is no error: comparing the token makes it safe at any time.
    mutating func release(at now: Instant, into effects: inout [LeaseEffect]) {
        switch state {
        case .held(let holding):
            var mayHold = holding.mayHold
            if let pending = holding.pending {
                mayHold = mayHold.union(pending.round.mayHold)
                if pending.requested { effects.append(.extensionFailed(.notHeld, requested: true)) }
            }
            state = .ended(.released)
            effects.append(
                .release(token: holding.token, fence: holding.fence, to: mayHold, until: releaseDeadline(ttl: holding.longestTTL, at: now)))
        case .idle:
            state = .ended(.released)
        case .voting, .raising, .backingOff:
            cancel(at: now, into: &effects)
        case .ended:
            break
        }
    }
}
