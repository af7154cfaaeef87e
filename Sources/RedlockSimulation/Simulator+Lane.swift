import RedlockCore
import RedlockHistory

/// What `Lane` does in production: hands events to machines, does what they want done, and owes the releases.
extension Simulator {
    /// What the process' monotonic clock shows. It counts suspended time, except under the mutant.
    func localTime(of process: Int) -> Instant {
        let missing = mutant == .clockStopsInSuspend ? processes[process].suspended : 0
        return processes[process].clock.reading(at: now - missing)
    }

    func trueTime(of instant: Instant, on process: Int) -> Int64 {
        let time = processes[process].clock.time(of: instant)
        return mutant == .clockStopsInSuspend && time != .max ? time + processes[process].suspended : time
    }

    func freshToken(_ process: Int, _ slot: Int) -> LockToken {
        if mutant == .tokenReused, let token = processes[process].leases[slot]?.token { return token }
        tokens += 1
        return LockToken(high: 0, low: tokens)
    }

    /// Hands `event` to the machine in `slot` and does what follows from it, as `Lane.step`.
    func step(_ process: Int, _ slot: Int, _ event: LeaseEvent) {
        var next: LeaseEvent? = event
        while let event = next, processes[process].leases.contains(slot) {
            next = nil
            let instant = instant(for: event, process, slot)
            var effects = self.effects
            effects.removeAll(keepingCapacity: true)
            processes[process].leases[slot]?.machine.handle(event, at: instant, into: &effects)
            for effect in effects {
                if let answer = perform(effect, of: slot, process) { next = answer }
            }
            self.effects = effects
        }
        settle(process, slot)
    }

    /// The instant at which an event is handled: now, read after the fact. Except under mutants.
    private func instant(for event: LeaseEvent, _ process: Int, _ slot: Int) -> Instant {
        let instant = localTime(of: process)
        guard let mutant, let lease = processes[process].leases[slot] else { return instant }
        switch (mutant, event) {
        case (.startReadLate, .started),
            (.startReadLate, .woke) where lease.machine.holding == nil:
            return instant + Nanoseconds(options.maxTTL / 10)
        case (.staleNowWhileVoting, .voted) where lease.machine.holding == nil,
            (.staleNowWhileExtending, .voted) where lease.machine.holding != nil:
            return min(instant, lease.sentAt)
        default:
            return instant
        }
    }

    private func perform(_ effect: LeaseEffect, of slot: Int, _ process: Int) -> LeaseEvent? {
        guard let lease = processes[process].leases[slot] else { return nil }
        switch effect {
        case .send(let request, let recipients, let round):
            return send(request, to: recipients, round: round, of: slot, process)
        case .release(let token, let fence, let recipients, let until):
            record(.tookBack(token: token.low), process: process, lease: lease.id)
            release(token, fence: fence, resource: lease.resource, to: recipients, until: until, process)
        case .granted:
            guard let holding = lease.machine.holding else { return nil }
            count(\.grants)
            record(.granted(validUntil: validity(holding.validUntil, process), fence: holding.fence), process: process, lease: lease.id)
            granted(process, lease)
        case .failed(let failure):
            record(.refused("\(failure)"), process: process, lease: lease.id)
            over(process, lease.worker)
        case .extended:
            // Who was told to stop at the shut-down hears nothing of an extension that was under way.
            guard let holding = lease.machine.holding, !processes[process].isShutDown else { return nil }
            record(.extended(validUntil: validity(holding.validUntil, process)), process: process, lease: lease.id)
        case .extensionFailed(let failure, let requested):
            record(.extensionFailed("\(failure)"), process: process, lease: lease.id)
            if requested, failure == .notHeld { processes[process].leases[slot]?.extensionsWanted = [] }
        case .mustStop:
            record(.mustStop, process: process, lease: lease.id)
            toldToStop(process, lease)
        case .lost:
            count(\.losses)
            record(.lost, process: process, lease: lease.id)
            over(process, lease.worker)
        }
        return nil
    }

    func validity(_ instant: Instant, _ process: Int) -> Instant { Instant(nanoseconds: trueTime(of: instant, on: process)) }

    /// After a step: the next deadline, the next extension, or the end.
    private func settle(_ process: Int, _ slot: Int) {
        guard let lease = processes[process].leases[slot] else { return }
        if lease.machine.isEnded {
            let uses = mutant == .roundsReused ? 0 : lease.machine.nextRound.number
            processes[process].leases.remove(slot, uses: uses)
            return
        }
        if let wakeAt = lease.machine.wakeAt, wakeAt != lease.armed {
            processes[process].leases[slot]?.armed = wakeAt
            // No timer is early, and most are a little late.
            let time = max(trueTime(of: wakeAt, on: process), now) + work.between(0, 1_000_000)
            queue.push(.wakeLease, at: time, process, slot, wakeAt.nanoseconds)
        }
        if !lease.machine.isExtending, lease.machine.holding != nil, let ttl = lease.extensionsWanted.first {
            processes[process].leases[slot]?.extensionsWanted.removeFirst()
            step(process, slot, .extensionRequested(ttl: ttl))
        }
    }

    func wakeLease(_ process: Int, _ slot: Int, armed: Int64) {
        guard let lease = processes[process].leases[slot], lease.armed?.nanoseconds == armed else { return }
        if mutant == .noWakeWhileHeld, lease.machine.holding != nil { return }
        processes[process].leases[slot]?.armed = nil
        step(process, slot, .woke(fresh: freshToken(process, slot)))
    }

    // MARK: Rounds

    private func send(_ request: NodeRequest, to recipients: NodeSet, round: RoundID, of slot: Int, _ process: Int) -> LeaseEvent? {
        guard let lease = processes[process].leases[slot] else { return nil }
        // Read first: writing through an optional holds the process while the right-hand side is evaluated.
        let sentAt = localTime(of: process)
        processes[process].leases[slot]?.sentAt = sentAt
        if case .acquire(let token, _, _) = request {
            processes[process].leases[slot]?.lastTried = token
            record(.tried(token: token.low), process: process, lease: lease.id)
        }
        var reached = NodeSet.empty
        for node in recipients where acceptsRequests(process, node.index) { reached.insert(node) }
        if mutant == .singlePhaseFencing, case .raise = request {
            for node in recipients { answerLocally(.granted(), from: node, round, of: slot, process) }
            return nil
        }
        let (command, kind) = command(request, for: lease, process)
        for node in reached {
            guard let connection = processes[process].links[node.index].connection else { continue }
            send(command, .init(kind: kind, slot: slot, round: round.number), over: connection)
        }
        let unsent = recipients.subtracting(reached)
        return unsent.isEmpty ? nil : .unsent(unsent, round)
    }

    /// For the mutant that does without a second phase: the answer is made up, and comes by the shortest way.
    private func answerLocally(_ vote: Vote, from node: NodeID, _ round: RoundID, of slot: Int, _ process: Int) {
        var effects: [LeaseEffect] = []
        let instant = localTime(of: process)
        processes[process].leases[slot]?.machine.handle(.voted(node, vote, round), at: instant, into: &effects)
        for effect in effects { _ = perform(effect, of: slot, process) }
    }

    private func command(
        _ request: NodeRequest, for lease: SimulatedProcess.LeaseSlot, _ process: Int
    ) -> (NodeCommand, SimulatedConnection.Ticket.Kind) {
        let fences = FenceTerms(quarantine: options.quarantine)
        let fenceTTL = fences.timeToLive.wholeMilliseconds
        let key = lease.resource
        func wire(_ ttl: Nanoseconds) -> Int64 {
            mutant == .shorterTTLOnTheWire ? ttl.wholeMilliseconds * 9 / 10 : ttl.wholeMilliseconds
        }
        switch request {
        case .acquire(let token, let ttl, fencing: false):
            return (.setIfAbsent(key, token: token, ttl: wire(ttl)), .acquire)
        case .acquire(let token, let ttl, fencing: true):
            let hint = (now + processes[process].wallOffset) / 1_000
            let clamp = fences.hintClamp.count / 1_000
            return (.acquire(key, token: token, ttl: wire(ttl), hint: hint, clamp: clamp, fenceTTL: fenceTTL), .fencedAcquire)
        case .raise(let token, let fence):
            return (.raise(key, token: token, fence: fence, fenceTTL: fenceTTL), .raise)
        case .extend(let token, let ttl, let fence):
            return (.extend(key, token: token, ttl: wire(ttl), fence: fence, fenceTTL: fenceTTL), .extend)
        }
    }

    /// The node has lost the script: the request is sent again, in full, if its round is still open.
    func resend(_ ticket: SimulatedConnection.Ticket, to node: Int, _ process: Int) {
        guard let lease = processes[process].leases[ticket.slot], isUp(process, node),
            let connection = processes[process].links[node].connection,
            let request = lease.machine.request(ofRound: RoundID(ticket.round))
        else { return }
        send(command(request, for: lease, process).0, ticket, byDigest: false, over: connection)
    }

    func vote(_ vote: Vote, _ ticket: SimulatedConnection.Ticket, of node: Int, for process: Int) {
        guard let lease = processes[process].leases[ticket.slot] else { return }
        var round = RoundID(ticket.round)
        if mutant == .lateVotesCounted, let present = lease.machine.openRound { round = present }
        guard lease.machine.isOpen(round) else { return }
        say("process \(process) lease \(lease.id) gets \(vote) of node \(node)")
        step(process, ticket.slot, .voted(NodeID(node), vote, round))
        if mutant == .voteCountedTwice {
            step(process, ticket.slot, .voted(NodeID((node + 1) % options.nodes), vote, round))
        }
    }
}

extension LeaseMachine {
    /// The round whose answers can still change something.
    fileprivate var openRound: RoundID? {
        guard nextRound.number > 0 else { return nil }
        let last = RoundID(nextRound.number - 1)
        return isOpen(last) ? last : nil
    }
}
