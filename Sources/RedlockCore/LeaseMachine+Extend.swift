/// HELD ⇄ EXTENDING, and HELD → LOST (PROTOCOL section 6).
extension LeaseMachine {
    mutating func requestExtension(to ttl: Nanoseconds, at now: Instant, into effects: inout [LeaseEffect]) {
        guard case .held(let holding) = state, !holding.stopTold else {
            return effects.append(.extensionFailed(.notHeld, requested: true))
        }
        guard holding.pending == nil else {
            return effects.append(.extensionFailed(.underWay, requested: true))
        }
        extend(holding, to: ttl, requested: true, at: now, into: &effects)
    }

    /// Asks every node, those too that did not grant: one that lost the key is filled again while we still hold.
    private mutating func extend(
        _ holding: Holding, to ttl: Nanoseconds, requested: Bool, at now: Instant, into effects: inout [LeaseEffect]
    ) {
        var holding = holding
        let round = openRound(asking: terms.quorum.everyone)
        // An answer after the old validity could not be accepted, so there is no use in waiting longer.
        let deadline = min(now + terms.attemptTimeout, holding.validUntil)
        holding.pending = Extension(startedAt: now, ttl: ttl, deadline: deadline, requested: requested, round: round)
        holding.extendAt = nil
        holding.longestTTL = max(holding.longestTTL, ttl)
        state = .held(holding)
        effects.append(.send(.extend(token: holding.token, ttl: ttl, fence: holding.fence), to: round.asked, round: round.id))
    }

    mutating func decide(_ pending: Extension, of holding: Holding, at now: Instant, into effects: inout [LeaseEffect]) {
        var holding = holding
        switch pending.round.outcome {
        case .pending:
            state = .held(holding)
        case .lost:
            fail(pending, of: holding, at: now, into: &effects)
        case .won:
            // `handle` has made sure that now < the old validUntil: a later acceptance would paper over a gap in which
            // somebody else held the lock (C6). The new end is never before the old one (C5).
            let end = terms.drift.validUntil(start: pending.startedAt, ttl: pending.ttl)
            holding.validUntil = max(holding.validUntil, end)
            holding.stopAt = holding.validUntil - terms.safetyMargin
            holding.mayHold = holding.mayHold.union(pending.round.mayHold)
            holding.pending = nil
            holding.failedExtensions = 0
            planExtension(of: &holding, ttl: pending.ttl, from: pending.startedAt)
            state = .held(holding)
            effects.append(.extended(requested: pending.requested))
        }
    }

    /// A failed extension changes nothing about the lease: it holds until its old end, and may be tried again.
    private mutating func fail(_ pending: Extension, of holding: Holding, at now: Instant, into effects: inout [LeaseEffect]) {
        var holding = holding
        holding.mayHold = holding.mayHold.union(pending.round.mayHold)
        holding.pending = nil
        holding.failedExtensions += 1
        if let plan = terms.autoExtension {
            // As long as a round may take; but more than an eighth of the ttl would only crowd the tries.
            let chance = min(terms.attemptTimeout, terms.ttl / 8)
            let wait = plan.backoff(
                ttl: terms.ttl, failures: holding.failedExtensions, within: holding.stopAt - now, chance: chance, random: jitter.next())
            holding.extendAt = mayExtend(holding, at: now + wait, under: plan)
        }
        state = .held(holding)
        effects.append(.extensionFailed(pending.round.isOutage ? .unreachable : .refused, requested: pending.requested))
    }

    /// A lease that extends itself does so next a third of its ttl after `start`, and with a large margin no later than
    /// halfway to the moment at which the holder would be told to stop.
    mutating func planExtension(of holding: inout Holding, ttl: Nanoseconds, from start: Instant) {
        let random = jitter.next()
        guard let plan = terms.autoExtension else { return }
        let halfway = max((holding.stopAt - start) / 2, .milliseconds(5))
        let next = plan.inStep(start + min(plan.interval(ttl: ttl, random: random), halfway), ttl: ttl)
        holding.extendAt = mayExtend(holding, at: next, under: plan)
    }

    private func mayExtend(_ holding: Holding, at instant: Instant, under plan: AutoExtension) -> Instant? {
        if let limit = plan.maximumHold, instant >= holding.since + limit { return nil }
        return instant < holding.stopAt ? instant : nil
    }

    mutating func wake(_ holding: Holding, at now: Instant, into effects: inout [LeaseEffect]) {
        if !holding.stopTold, now >= holding.stopAt {
            return tellToStop(holding, at: now, into: &effects)
        }
        if var pending = holding.pending, now >= pending.deadline {
            pending.round.close()
            return fail(pending, of: holding, at: now, into: &effects)
        }
        if holding.pending == nil, let extendAt = holding.extendAt, now >= extendAt {
            // Woken late, the time for it may have passed.
            guard let plan = terms.autoExtension, mayExtend(holding, at: now, under: plan) != nil else {
                var holding = holding
                holding.extendAt = nil
                state = .held(holding)
                return
            }
            extend(holding, to: terms.ttl, requested: false, at: now, into: &effects)
        }
    }

    /// The last moment at which the holder can still stop in time. There is no way back from here, so that nobody who
    /// was told to stop finds the lease alive again.
    private mutating func tellToStop(_ holding: Holding, at now: Instant, into effects: inout [LeaseEffect]) {
        var holding = holding
        if let pending = holding.pending {
            holding.mayHold = holding.mayHold.union(pending.round.mayHold)
            effects.append(.extensionFailed(.notHeld, requested: pending.requested))
        }
        holding.pending = nil
        holding.extendAt = nil
        holding.stopTold = true
        state = .held(holding)
        effects.append(.mustStop)
    }

    /// Validity is over. The keys are deleted once, as far as the nodes can be reached; they expire anyway.
    mutating func lose(_ holding: Holding, at now: Instant, into effects: inout [LeaseEffect]) {
        var holding = holding
        if !holding.stopTold { tellToStop(holding, at: now, into: &effects) }
        if case .held(let told) = state { holding = told }
        state = .ended(.lost)
        effects.append(
            .release(
                token: holding.token, fence: holding.fence, to: holding.mayHold, until: releaseDeadline(ttl: holding.longestTTL, at: now)))
        effects.append(.lost)
    }
}
