import Logging
import RedlockCore
import RedlockNode

/// What machines want done.
extension Lane {
    /// Hands `event` to the machine in `slot` and does what follows from it.
    func step(_ slot: UInt32, _ event: LeaseEvent, at now: Instant) {
        var next: LeaseEvent? = event
        while let event = next, leases.contains(slot) {
            next = nil
            effects.removeAll(keepingCapacity: true)
            leases[slot]?.machine.handle(event, at: now, into: &effects)
            for index in effects.indices {
                if let answer = perform(effects[index], of: slot, at: now) { next = answer }
            }
        }
        settle(slot, at: now)
    }

    /// Does one thing; returns what is known about it at once.
    private func perform(_ effect: LeaseEffect, of slot: UInt32, at now: Instant) -> LeaseEvent? {
        guard let record = leases[slot]?.record else { return nil }
        switch effect {
        case .send(let request, let recipients, let round):
            return send(request, to: recipients, round: round, of: slot, key: record.key)
        case .release(let token, let fence, let recipients, let until):
            let waiter = leases[slot]?.releaser
            leases[slot]?.releaser = nil
            release(token, fence: fence, key: record.key, at: recipients, until: until, waiter: waiter, now: now)
        case .granted:
            if let holding = leases[slot]?.machine.holding { record.hold(holding) }
            leases[slot]?.acquirer?.resume(returning: .success(Lease(record)))
            leases[slot]?.acquirer = nil
        case .failed(let failure):
            let reason = isShutDown ? shutDownError(record) : error(failure.code, record, machine: leases[slot]?.machine, at: now)
            leases[slot]?.acquirer?.resume(returning: .failure(reason))
            leases[slot]?.acquirer = nil
        case .extended(let requested):
            if let holding = leases[slot]?.machine.holding { record.hold(holding) }
            leases[slot]?.lastExtensionFailure = nil
            if requested { finishExtension(slot, .success(())) }
        case .extensionFailed(let failure, let requested):
            if failure == .refused || failure == .unreachable { leases[slot]?.lastExtensionFailure = failure }
            if requested { finishExtension(slot, .failure(error(failure.code, record, machine: leases[slot]?.machine, at: now))) }
        case .mustStop:
            if record.phase == .held { record.end(.mustStop) }
            let loss = leases[slot].map(\.loss) ?? .notExtended
            record.tell(loss, error(.lost, record, machine: leases[slot]?.machine, at: now).adding("\(loss)"))
        case .lost:
            record.end(.lost)
            logger.debug("a lease ran out", metadata: [LogKeys.resource: "\(record.resource)"])
        }
        return nil
    }

    private func finishExtension(_ slot: UInt32, _ result: Result<Void, RedlockError>) {
        guard let lease = leases[slot], !lease.extenders.isEmpty else { return }
        leases[slot]?.extenders.removeFirst().waiter.resume(returning: result)
    }

    /// After a step: the next deadline, the next extension, or the end.
    private func settle(_ slot: UInt32, at now: Instant) {
        guard let lease = leases[slot] else { return }
        if lease.machine.isEnded {
            wheel.disarm(timer(ofLease: slot))
            lease.record.slot = nil
            lease.releaser?.resume()
            for extender in lease.extenders {
                extender.waiter.resume(returning: .failure(error(.lost, lease.record, machine: lease.machine, at: now)))
            }
            leases.remove(slot, uses: lease.machine.nextRound.number)
            return
        }
        if let wakeAt = lease.machine.wakeAt { wheel.arm(timer(ofLease: slot), at: wakeAt) } else { wheel.disarm(timer(ofLease: slot)) }
        if !lease.extenders.isEmpty { beginExtension(slot, at: now) }
    }

    // MARK: Sending

    private func send(_ request: NodeRequest, to recipients: NodeSet, round: RoundID, of slot: UInt32, key: LockKey) -> LeaseEvent? {
        var reached = NodeSet.empty
        for node in recipients where nodes[node.index].acceptsRequests { reached.insert(node) }
        if !reached.isEmpty { write(request, key: key, to: reached, NodeTicket(request.ticketKind, slot: slot, round: round.number)) }
        let unsent = recipients.subtracting(reached)
        return unsent.isEmpty ? nil : .unsent(unsent, round)
    }

    private func write(
        _ request: NodeRequest, key: LockKey, as form: CommandBatch.ScriptForm = .digest, to recipients: NodeSet, _ ticket: NodeTicket
    ) {
        batch.append(
            request, key: key, fences: configuration.fences, hint: request.isFencedAcquire ? WallClock.microseconds() : 0, as: form,
            to: recipients)
        for node in recipients { nodes[node.index].expect(ticket) }
    }

    /// The node has lost the script: the request is sent again, to it alone and in full, if its round is still open.
    func resend(_ ticket: NodeTicket, to node: NodeID) {
        guard let lease = leases[ticket.slot], nodes[node.index].isUp,
            let request = lease.machine.request(ofRound: RoundID(ticket.round))
        else { return }
        write(request, key: lease.record.key, as: .source, to: NodeSet([node]), ticket)
    }

    // MARK: Errors

    func error(_ code: RedlockError.Code, _ record: LeaseRecord, machine: LeaseMachine?, at now: Instant) -> RedlockError {
        let tally = machine?.lastTally
        return RedlockError(
            code, code.sentence(about: record.resource), resource: record.resource,
            nodes: machine == nil ? [] : nodes.map { NodeReport($0, in: tally) },
            attempts: machine?.attempts ?? 0, elapsed: (now - record.startedAt).duration)
    }

    func lostError(_ record: LeaseRecord, _ because: String) -> RedlockError {
        RedlockError(.lost, RedlockError.Code.lost.sentence(about: record.resource), resource: record.resource).adding(because)
    }

    func shutDownError(_ record: LeaseRecord) -> RedlockError {
        RedlockError(.shutDown, RedlockError.Code.shutDown.sentence(about: record.resource), resource: record.resource)
    }
}

extension NodeRequest {
    fileprivate var ticketKind: NodeTicket.Kind {
        switch self {
        case .acquire(_, _, let fencing): fencing ? .fencedAcquire : .acquire
        case .raise: .raise
        case .extend: .extend
        }
    }

    fileprivate var isFencedAcquire: Bool { ticketKind == .fencedAcquire }
}

extension LeaseSlot {
    /// Why the holder is told to stop.
    fileprivate var loss: LeaseLoss {
        switch lastExtensionFailure {
        case .refused: return .refused
        case .unreachable: return .unreachable
        case .notHeld, .underWay, nil:
            guard let plan = record.terms.autoExtension else { return .notExtended }
            return plan.maximumHold == nil ? .unreachable : .maximumHold
        }
    }
}

extension AcquireFailure {
    fileprivate var code: RedlockError.Code {
        switch self {
        case .contended: .contended
        case .unreachable: .unreachable
        case .expired: .expired
        case .cancelled: .cancelled
        }
    }
}

extension ExtensionFailure {
    fileprivate var code: RedlockError.Code {
        switch self {
        case .refused: .contended
        case .unreachable, .underWay: .unreachable
        case .notHeld: .lost
        }
    }
}

extension RedlockError.Code {
    fileprivate func sentence(about resource: String) -> String {
        let name = "\"\(NodeFault.safe(resource))\""
        return switch self {
        case .contended: "\(name) is held or contended for by somebody else; try again later"
        case .unreachable: "too few nodes could be reached to lock \(name); see to the nodes named here"
        case .expired: "the nodes granted \(name) too late for anything of its ttl to be left; ask for a longer ttl"
        case .lost: "the lease on \(name) is over; stop acting on it"
        case .cancelled: "the task that waited for \(name) was cancelled"
        case .shutDown: "\(name) cannot be locked, because the client was shut down"
        default: "\(name) cannot be locked"
        }
    }
}
