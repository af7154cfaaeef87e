import RedlockCore

/// Watches a machine from outside: it is shown every event and every effect, keeps its own books, and complains.
///
/// It knows what PROTOCOL promises and nothing of how the machine keeps it.
final class Ledger {
    let terms: LeaseTerms
    private(set) var complaints: [String] = []
    private(set) var grants = 0, raises = 0, extensions = 0, losses = 0, retries = 0, expiries = 0, failures = 0

    private struct Round {
        let request: NodeRequest
        let startedAt: Instant
        var asked: NodeSet
        var unsent = NodeSet.empty
        var votes: [NodeID: Vote] = [:]
    }

    private struct Key {
        var asked = NodeSet.empty
        var releases = 0
    }

    private var rounds: [RoundID: Round] = [:]
    private var keys: [LockToken: Key] = [:]
    private var given: Set<LockToken> = []
    private var newest: [String: RoundID] = [:]
    private var validUntil: Instant?
    private var started = 0, answered = 0, wishes = 0, wishesAnswered = 0, stops = 0
    private var ended = false, stopTold = false

    init(terms: LeaseTerms) { self.terms = terms }

    private var majority: Int { (0...).first { 2 * $0 > terms.quorum.nodes } ?? .max }

    /// One percent, rounded up, and two milliseconds.
    private static func drift(_ ttl: Nanoseconds) -> Nanoseconds { Nanoseconds((ttl.count + 99) / 100 + 2_000_000) }

    private func demand(_ condition: Bool, _ what: @autoclosure () -> String) {
        if !condition, complaints.count < 3 { complaints.append(what()) }
    }

    /// Before the machine handles it.
    func note(_ event: LeaseEvent, whileIdle: Bool) {
        switch event {
        case .started(let token, _):
            given.insert(token)
            if whileIdle { started += 1 }
        case .woke(let token): given.insert(token)
        case .voted(let node, let vote, let id):
            // The first answer of a node that was asked is the one that counts.
            guard let round = rounds[id], round.asked.contains(node), !round.unsent.contains(node), round.votes[node] == nil else { return }
            rounds[id]?.votes[node] = vote
        case .unsent(let nodes, let id):
            guard let round = rounds[id] else { return }
            for node in nodes where round.asked.contains(node) && round.votes[node] == nil { rounds[id]?.unsent.insert(node) }
        case .extensionRequested: wishes += 1
        case .cancelled:
            // Cancelled before it began: that is answered too.
            if whileIdle { started += 1 }
        case .releaseRequested: break
        }
    }

    /// After the machine has handled it.
    func check(_ effects: [LeaseEffect], _ machine: LeaseMachine, at now: Instant) {
        let wasEnded = ended
        for effect in effects {
            if wasEnded { demand(effect == .extensionFailed(.notHeld, requested: true), "after the end: \(effect.text)") }
            check(effect, machine, at: now)
        }
        ended = machine.isEnded
        if let holding = machine.holding {
            demand(now < holding.validUntil, "held past validity")
            demand(validUntil.map { holding.validUntil >= $0 } ?? true, "validity went back")
            demand(holding.validUntil == validUntil, "valid until \(holding.validUntil.text), as nobody was told")
            demand(grants == 1, "held without a grant")
        } else if validUntil != nil {
            demand(ended, "a lease vanished")
        }
        for (token, key) in keys where key.releases > 1 { demand(false, "\(token.letter) released \(key.releases) times") }
    }

    private func check(_ effect: LeaseEffect, _ machine: LeaseMachine, at now: Instant) {
        switch effect {
        case .send(let request, let nodes, let id):
            demand(rounds[id] == nil, "round \(id.text) opened twice")
            demand(!nodes.isEmpty && nodes.isSubset(of: terms.quorum.everyone), "\(effect.text)")
            rounds[id] = Round(request: request, startedAt: now, asked: nodes)
            checkSent(request, to: nodes, round: id, at: now)
        case .release(let token, let fence, let nodes, let until):
            let must = mayHold(token)
            demand(must.isSubset(of: nodes), "\(effect.text), but \(must.text) may hold it")
            demand(nodes.isSubset(of: keys[token]?.asked ?? .empty), "\(effect.text), which were never asked")
            demand(until > now, "\(effect.text) at \(now.text)")
            demand(validUntil == nil ? fence == 0 : fence == grantedFence, "\(effect.text)")
            keys[token, default: Key()].releases += 1
        case .granted:
            answered += 1
            grants += 1
            checkGrant(machine, at: now)
        case .failed(let failure):
            answered += 1
            if failure == .expired { expiries += 1 }
            failures += 1
            demand(grants == 0, "failed after a grant")
        case .extended(let requested):
            if requested { wishesAnswered += 1 }
            extensions += 1
            checkExtension(at: now)
        case .extensionFailed(_, let requested):
            if requested { wishesAnswered += 1 }
        case .mustStop:
            stops += 1
            stopTold = true
            demand(stops == 1 && grants == 1, "told to stop \(stops) times")
        case .lost:
            losses += 1
            demand(losses == 1 && grants == 1, "lost \(losses) times")
            demand(stopTold, "lost without being told to stop")
            demand(validUntil.map { now >= $0 } ?? false, "lost while valid")
        }
    }

    private func checkSent(_ request: NodeRequest, to nodes: NodeSet, round: RoundID, at now: Instant) {
        switch request {
        case .acquire(let token, let ttl, let fencing):
            demand(keys[token] == nil, "\(token.letter) used for two attempts")
            demand(given.contains(token), "\(token.letter) came from nowhere")
            demand(nodes == terms.quorum.everyone && ttl == terms.ttl && fencing == terms.fencing, "\(request.text) to \(nodes.text)")
            demand(grants == 0 && validUntil == nil, "acquires again after the grant")
            if newest["acquire"] != nil { retries += 1 }
            newest["acquire"] = round
        case .raise(let token, let fence):
            raises += 1
            let acquire = acquired
            demand(terms.fencing && acquire.fence == fence && acquire.granted.count >= majority, "\(request.text)")
            demand(keys[token]?.releases == 0, "\(request.text) after its release")
            newest["raise"] = round
        case .extend(let token, _, let fence):
            demand(validUntil.map { now < $0 } ?? false, "extends what is not valid")
            demand(!stopTold, "extends after telling the holder to stop")
            demand(keys[token]?.releases == 0 && fence == grantedFence, "\(request.text)")
            newest["extend"] = round
        }
        let token = request.token
        keys[token, default: Key()].asked = keys[token, default: Key()].asked.union(nodes)
    }

    /// The newest acquire round: who granted it, the largest counter among them and who proposed that.
    private var acquired: (token: LockToken?, startedAt: Instant, granted: NodeSet, fence: UInt64, holders: NodeSet) {
        guard let round = newest["acquire"].flatMap({ rounds[$0] }) else { return (nil, .ms(0), .empty, 0, .empty) }
        let grants = round.votes.compactMap { node, vote -> (NodeID, UInt64)? in
            guard case .granted(let fence) = vote, !terms.fencing || fence > 0 else { return nil }
            return (node, fence)
        }
        // Votes that came after the decision may have proposed more; they have no part in what was agreed.
        let fence = agreed ?? grants.map(\.1).max() ?? 0
        return (round.request.token, round.startedAt, NodeSet(grants.map(\.0)), fence, NodeSet(grants.filter { $0.1 == fence }.map(\.0)))
    }

    /// What phase 2 stores, if the newest acquire came to it.
    private var agreed: UInt64? {
        guard let id = newest["raise"], let acquire = newest["acquire"], id.number > acquire.number,
            case .raise(_, let fence)? = rounds[id]?.request
        else { return nil }
        return fence
    }

    private var grantedFence: UInt64 = 0

    private func checkGrant(_ machine: LeaseMachine, at now: Instant) {
        let acquire = acquired
        let end = acquire.startedAt + (terms.ttl - Self.drift(terms.ttl))
        demand(started == 1 && grants == 1, "granted \(grants) times to \(started)")
        demand(acquire.granted.count >= majority, "granted by \(acquire.granted.text) of \(terms.quorum.nodes)")
        demand(now < end, "granted at \(now.text), valid until \(end.text)")
        demand(
            machine.holding?.validUntil == end && machine.holding?.token == acquire.token, "valid until \(machine.text), not \(end.text)")
        if terms.fencing {
            var holders = acquire.holders
            if let id = newest["raise"], agreed != nil, let round = rounds[id] {
                for (node, vote) in round.votes { if case .granted = vote { holders.insert(node) } }
            }
            demand(holders.count >= majority, "fence \(acquire.fence) is on \(holders.text) only")
            demand(machine.holding?.fence == acquire.fence && acquire.fence > 0, "fence \(machine.text), not \(acquire.fence)")
        }
        grantedFence = terms.fencing ? acquire.fence : 0
        validUntil = end
    }

    private func checkExtension(at now: Instant) {
        guard let old = validUntil, let round = newest["extend"].flatMap({ rounds[$0] }), case .extend(_, let ttl, _) = round.request else {
            return demand(false, "extended out of nothing")
        }
        let granted = round.votes.values.filter { if case .granted = $0 { true } else { false } }
        demand(granted.count >= majority, "extended by \(granted.count) of \(terms.quorum.nodes)")
        demand(now < old, "extended at \(now.text), valid until \(old.text)")
        demand(!stopTold, "extended after telling the holder to stop")
        validUntil = max(old, round.startedAt + (ttl - Self.drift(ttl)))
    }

    /// Every node that was asked to set or keep this token and has not refused all of it.
    private func mayHold(_ token: LockToken) -> NodeSet {
        rounds.values.reduce(NodeSet.empty) { found, round in
            switch round.request {
            case .acquire(token, _, _), .extend(token, _, _): break
            default: return found
            }
            let refused = NodeSet(round.votes.filter { $0.value == .refused }.map(\.key))
            return found.union(round.asked.subtracting(round.unsent).subtracting(refused))
        }
    }

    /// When the machine has ended.
    func close() {
        demand(ended, "never ended")
        demand(answered == started, "\(started) asked, \(answered) answered")
        demand(wishes == wishesAnswered, "\(wishes) extensions asked for, \(wishesAnswered) answered")
        for token in keys.keys where !mayHold(token).isEmpty { demand(keys[token]?.releases == 1, "\(token.letter) was never released") }
    }
}

extension NodeRequest {
    var token: LockToken {
        switch self {
        case .acquire(let token, _, _), .raise(let token, _), .extend(let token, _, _): token
        }
    }
}
