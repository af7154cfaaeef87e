/// One lock handle, from wanting it to being rid of it (PROTOCOL section 6). Decides everything and does nothing.
///
/// A value: no clock, no randomness, no I/O. `handle` takes one event and the instant at which it is handled, and
/// appends what must be done. Whoever drives it calls it again with `.woke` when `wakeAt` has come.
package struct LeaseMachine: Hashable, Sendable {
    package let terms: LeaseTerms
    package internal(set) var state: State = .idle
    /// Attempts begun so far.
    package internal(set) var attempts = 0
    /// The tally that tells why there is no lock, or by whom it was granted, for reports.
    package internal(set) var lastTally: VotingRound?
    /// What was wrong with the latest attempt that had its full time.
    var lastFailure: AcquireFailure?

    var jitter = Jitter(seed: 0)
    /// The identity of the next round; a machine that takes this one's place begins with it.
    package private(set) var nextRound: RoundID

    /// - Parameter firstRound: the identity of the first round; different machines that share a reply queue must not
    ///   be given overlapping ones.
    package init(terms: LeaseTerms, firstRound: RoundID = RoundID(0)) {
        self.terms = terms
        self.nextRound = firstRound
    }

    /// Names the first round of a machine that has not begun yet.
    package mutating func begin(at firstRound: RoundID) {
        guard case .idle = state else { return }
        nextRound = firstRound
    }

    package enum State: Hashable, Sendable {
        /// Made, not asked for. Can transition to: voting, ended.
        case idle
        /// Waiting for the votes of an attempt. Can transition to: raising, held, backingOff, ended.
        case voting(Attempt)
        /// A quorum granted; its fencing counter is being stored on a quorum. Can transition to: held, backingOff, ended.
        case raising(Attempt, VotingRound)
        /// An attempt failed and was taken back. Can transition to: voting, ended.
        case backingOff(until: Instant)
        /// Held, perhaps with an extension under way. Can transition to: held, ended.
        case held(Holding)
        /// Final.
        case ended(End)
    }

    package enum End: Hashable, Sendable { case released, lost, notObtained(AcquireFailure) }

    /// One try at a quorum, with a token of its own.
    package struct Attempt: Hashable, Sendable {
        package let token: LockToken
        package let validUntil: Instant
        package let deadline: Instant
        /// The attempt has less than its full time, because the wait for the lock ends before.
        let isCutShort: Bool
        package var round: VotingRound
    }

    /// Until when a grant is of use: after it, the holder would have to stop before having begun.
    func usableUntil(_ attempt: Attempt) -> Instant { attempt.validUntil - terms.safetyMargin }

    /// A lease that is held.
    package struct Holding: Hashable, Sendable {
        package let token: LockToken
        package let fence: UInt64
        package let since: Instant
        package internal(set) var validUntil: Instant
        /// When the holder is told to stop, ahead of `validUntil`.
        package internal(set) var stopAt: Instant
        /// Every node that may hold our key, and the longest ttl it may have been given.
        var mayHold: NodeSet
        var failedExtensions = 0
        var longestTTL: Nanoseconds
        var extendAt: Instant?
        /// The holder has been told; from here on the lease only runs out.
        package internal(set) var stopTold = false
        var pending: Extension?
    }

    /// An extension under way.
    struct Extension: Hashable, Sendable {
        let startedAt: Instant
        let ttl: Nanoseconds
        let deadline: Instant
        let requested: Bool
        var round: VotingRound
    }

    /// The one entry: applies `event` as of `now`, which must have been read after whatever the event reports.
    @discardableResult
    package mutating func handle(_ event: LeaseEvent, at now: Instant, into effects: inout [LeaseEffect]) -> Standing {
        let before = state.mark
        let firstNew = effects.count
        // Time alone ends a lease, whatever else the event is: nothing below runs on a validity that is over.
        if case .held(let holding) = state, now >= holding.validUntil {
            lose(holding, at: now, into: &effects)
        }
        switch event {
        case .started(let token, let seed): start(token, seed: seed, at: now, into: &effects)
        case .voted(let node, let vote, let round):
            count(in: round, at: now, into: &effects) { $0.record(vote, from: node) }
        case .unsent(let nodes, let round):
            count(in: round, at: now, into: &effects) { $0.withdraw(nodes) }
        case .woke(let fresh): wake(fresh, at: now, into: &effects)
        case .extensionRequested(let ttl): requestExtension(to: ttl, at: now, into: &effects)
        case .releaseRequested: release(at: now, into: &effects)
        case .cancelled: cancel(at: now, into: &effects)
        }
        checkInvariants(before: before, after: state.mark, of: event, now: now, newEffects: effects[firstNew...])
        return state.standing
    }

    /// What a driver has to know after each event. In one look, because a machine is large and each look may copy it.
    package struct Standing: Hashable, Sendable {
        /// When to call with `.woke`, if nothing else happens before.
        package var wakeAt: Instant?
        /// The round whose answers can still change anything.
        package var openRound: RoundID?
        package var isEnded = false
        /// True while an extension is under way; a second one must wait for it.
        package var isExtending = false
    }

    package var standing: Standing { state.standing }
    package var wakeAt: Instant? { standing.wakeAt }

    /// The lease, while it is held. Whether it is valid is for a fresh clock to say: `now < validUntil`.
    package var holding: Holding? {
        if case .held(let holding) = state { holding } else { nil }
    }

    package var isEnded: Bool { standing.isEnded }
    package var isExtending: Bool { standing.isExtending }
    package func isOpen(_ round: RoundID) -> Bool { standing.openRound == round }

    /// What was asked in a round that is still open, so that it can be asked again of a node that lost the script.
    package func request(ofRound round: RoundID) -> NodeRequest? {
        guard isOpen(round) else { return nil }
        switch state {
        case .voting(let attempt): return .acquire(token: attempt.token, ttl: terms.ttl, fencing: terms.fencing)
        case .raising(let attempt, _): return .raise(token: attempt.token, fence: attempt.round.fence)
        case .held(let holding): return holding.pending.map { .extend(token: holding.token, ttl: $0.ttl, fence: holding.fence) }
        case .idle, .backingOff, .ended: return nil
        }
    }

    /// Applies a change to the tally of `id` if that round is still open, and acts on what it decides.
    private mutating func count(
        in id: RoundID, at now: Instant, into effects: inout [LeaseEffect], _ change: (inout VotingRound) -> Void
    ) {
        switch state {
        case .voting(var attempt) where attempt.round.id == id:
            change(&attempt.round)
            decide(attempt, at: now, into: &effects)
        case .raising(let attempt, var round) where round.id == id:
            change(&round)
            decide(attempt, raising: round, at: now, into: &effects)
        case .held(var holding) where holding.pending?.round.id == id:
            guard var pending = holding.pending else { return }
            change(&pending.round)
            holding.pending = pending
            decide(pending, of: holding, at: now, into: &effects)
        default:
            break  // an answer to a round that is over
        }
    }

    /// Something's time has come; what it is follows from the state.
    private mutating func wake(_ fresh: LockToken, at now: Instant, into effects: inout [LeaseEffect]) {
        switch state {
        case .voting(let attempt) where now >= attempt.deadline, .raising(let attempt, _) where now >= attempt.deadline:
            timeOut(attempt, at: now, into: &effects)
        case .backingOff(let until) where now >= until:
            tryAgain(fresh, at: now, into: &effects)
        case .held(let holding):
            wake(holding, at: now, into: &effects)
        default:
            break  // woken early, or for something that has since been overtaken
        }
    }

    mutating func openRound(asking nodes: NodeSet, fenced: Bool = false) -> VotingRound {
        defer { nextRound = nextRound.next }
        return VotingRound(id: nextRound, quorum: terms.quorum, asked: nodes, fenced: fenced)
    }
}

extension LeaseMachine.State {
    var standing: LeaseMachine.Standing {
        switch self {
        case .idle: LeaseMachine.Standing()
        case .voting(let attempt): LeaseMachine.Standing(wakeAt: attempt.deadline, openRound: attempt.round.id)
        case .raising(let attempt, let round): LeaseMachine.Standing(wakeAt: attempt.deadline, openRound: round.id)
        case .backingOff(let until): LeaseMachine.Standing(wakeAt: until)
        case .held(let holding):
            LeaseMachine.Standing(
                wakeAt: min(
                    holding.stopTold ? holding.validUntil : min(holding.stopAt, holding.validUntil),
                    holding.pending?.deadline ?? .distantFuture,
                    holding.extendAt ?? .distantFuture),
                openRound: holding.pending?.round.id, isExtending: holding.pending != nil)
        case .ended: LeaseMachine.Standing(isEnded: true)
        }
    }
}
