/// IDLE → VOTING → RAISING → HELD, and back over FAILING (PROTOCOL section 6).
extension LeaseMachine {
    mutating func start(_ token: LockToken, seed: UInt64, at now: Instant, into effects: inout [LeaseEffect]) {
        guard case .idle = state else { return }
        jitter = Jitter(seed: seed)
        attempt(token, at: now, into: &effects)
    }

    /// The wait is over: another attempt, unless we were woken so late that the time for any has passed.
    mutating func tryAgain(_ token: LockToken, at now: Instant, into effects: inout [LeaseEffect]) {
        if let giveUpAt = terms.giveUpAt, now >= giveUpAt { return end(lastFailure ?? .contended, into: &effects) }
        attempt(token, at: now, into: &effects)
    }

    /// Asks every node, with a token that was never used before.
    mutating func attempt(_ token: LockToken, at now: Instant, into effects: inout [LeaseEffect]) {
        attempts += 1
        let validUntil = terms.drift.validUntil(start: now, ttl: terms.ttl)
        let fullTime = min(now + terms.attemptTimeout, validUntil)
        // The first attempt gets its full time even if nobody wants to wait; the others end with the wait.
        let deadline = attempts > 1 ? min(fullTime, terms.giveUpAt ?? fullTime) : fullTime
        let round = openRound(asking: terms.quorum.everyone, fenced: terms.fencing)
        state = .voting(
            Attempt(token: token, validUntil: validUntil, deadline: deadline, isCutShort: deadline < fullTime, round: round))
        effects.append(.send(.acquire(token: token, ttl: terms.ttl, fencing: terms.fencing), to: round.asked, round: round.id))
    }

    /// After a vote: enough grants, no quorum possible any more, or neither yet.
    mutating func decide(_ attempt: Attempt, at now: Instant, into effects: inout [LeaseEffect]) {
        switch attempt.round.outcome {
        case .pending:
            state = .voting(attempt)
        case .lost:
            fail(attempt, because: attempt.round.isOutage ? .unreachable : .contended, at: now, into: &effects)
        case .won where now >= usableUntil(attempt):
            fail(attempt, because: .expired, at: now, into: &effects)
        case .won where terms.fencing && attempt.round.fenceHolders.count < terms.quorum.needed:
            raise(attempt, at: now, into: &effects)
        case .won:
            hold(attempt, at: now, into: &effects)
        }
    }

    /// The proposals differ: the largest must be on a quorum before it may be handed out (PROTOCOL section 7).
    private mutating func raise(_ attempt: Attempt, at now: Instant, into effects: inout [LeaseEffect]) {
        let tally = attempt.round
        let others = tally.mayHold.subtracting(tally.failed).subtracting(tally.fenceHolders)
        var round = openRound(asking: others.union(tally.fenceHolders))
        for node in tally.fenceHolders { round.record(.granted(), from: node) }
        state = .raising(attempt, round)
        effects.append(.send(.raise(token: attempt.token, fence: tally.fence), to: others, round: round.id))
    }

    mutating func decide(_ attempt: Attempt, raising round: VotingRound, at now: Instant, into effects: inout [LeaseEffect]) {
        switch round.outcome {
        case .pending: state = .raising(attempt, round)
        case .lost: fail(attempt, because: failure(of: attempt, raising: round), at: now, into: &effects)
        case .won where now >= usableUntil(attempt): fail(attempt, because: .expired, at: now, into: &effects)
        case .won: hold(attempt, at: now, into: &effects)
        }
    }

    private mutating func hold(_ attempt: Attempt, at now: Instant, into effects: inout [LeaseEffect]) {
        lastTally = attempt.round
        var holding = Holding(
            token: attempt.token, fence: terms.fencing ? attempt.round.fence : 0, since: now,
            validUntil: attempt.validUntil, stopAt: attempt.validUntil - terms.safetyMargin,
            mayHold: attempt.round.mayHold, longestTTL: terms.ttl)
        // Validity began when the attempt did, not now; the next extension is due counted from there.
        let start = attempt.validUntil - (terms.ttl - terms.drift.drift(over: terms.ttl))
        planExtension(of: &holding, ttl: terms.ttl, from: start)
        state = .held(holding)
        effects.append(.granted)
    }

    /// In phase 2 the nodes that refused phase 1 are not asked again, and are no outage either.
    private func failure(of attempt: Attempt, raising round: VotingRound) -> AcquireFailure {
        let answering = attempt.round.refused.union(round.granted).union(round.refused).union(round.outstanding)
        return terms.quorum.nodes - answering.count > terms.quorum.spare ? .unreachable : .contended
    }

    mutating func timeOut(_ attempt: Attempt, at now: Instant, into effects: inout [LeaseEffect]) {
        var attempt = attempt
        attempt.round.close()
        guard case .raising(_, var round) = state else {
            return fail(attempt, because: attempt.round.isOutage ? .unreachable : .contended, at: now, into: &effects)
        }
        round.close()
        fail(attempt, because: failure(of: attempt, raising: round), at: now, into: &effects)
    }

    /// Takes the attempt back wherever it may have left a key, then waits for the next or gives up.
    private mutating func fail(_ attempt: Attempt, because failure: AcquireFailure, at now: Instant, into effects: inout [LeaseEffect]) {
        takeBack(attempt, at: now, into: &effects)
        // What silence says in an attempt that was cut short is only that it was; the one before knew better.
        if !attempt.isCutShort || lastFailure == nil || failure == .contended { (lastFailure, lastTally) = (failure, attempt.round) }
        // Sleeping through one's own deadline helps nobody, so the wait is cut to what is left, and the end said early.
        guard let giveUpAt = terms.giveUpAt,
            let wait = terms.retry.delay(afterFailures: attempts, within: giveUpAt - now, random: jitter.next())
        else { return end(lastFailure ?? failure, into: &effects) }
        state = .backingOff(until: now + wait)
    }

    private mutating func takeBack(_ attempt: Attempt, at now: Instant, into effects: inout [LeaseEffect]) {
        let nodes = attempt.round.mayHold
        guard !nodes.isEmpty else { return }
        // No fencing token was handed out, so there is none to store.
        effects.append(.release(token: attempt.token, fence: 0, to: nodes, until: releaseDeadline(ttl: terms.ttl, at: now)))
    }

    private mutating func end(_ failure: AcquireFailure, into effects: inout [LeaseEffect]) {
        state = .ended(.notObtained(failure))
        effects.append(.failed(failure))
    }

    /// Cancelling ends the wait. A lock that is already held is the holder's to release.
    mutating func cancel(at now: Instant, into effects: inout [LeaseEffect]) {
        switch state {
        case .idle, .backingOff:
            end(.cancelled, into: &effects)
        case .voting(let attempt), .raising(let attempt, _):
            takeBack(attempt, at: now, into: &effects)
            lastTally = attempt.round
            end(.cancelled, into: &effects)
        case .held, .ended:
            break
        }
    }

    /// By when the nodes have expired the key on their own, so that nobody needs to delete it any more. Only liveness
    /// hangs on this: a release that comes too late deletes nothing, because it compares the token.
    func releaseDeadline(ttl: Nanoseconds, at now: Instant) -> Instant { now + ttl + terms.drift.drift(over: ttl) }
}
