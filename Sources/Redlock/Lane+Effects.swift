import Logging
import RedlockCore
import RedlockNode

/// What machines want done.
extension Lane {
    /// Hands `event` to the lease's machine and does what follows from it.
    func step(_ record: LeaseRecord, _ event: LeaseEvent, at now: Instant) {
        var next: LeaseEvent? = event
        while let event = next, record.handle.slot != nil {
            next = nil
            effects.removeAll(keepingCapacity: true)
            record.handle.handle(event, at: now, into: &effects)
            for index in effects.indices {
                if let answer = perform(effects[index], of: record, at: now) { next = answer }
            }
        }
        settle(record, at: now)
    }

    /// Does one thing; returns what is known about it at once.
    private func perform(_ effect: LeaseEffect, of record: LeaseRecord, at now: Instant) -> LeaseEvent? {
        switch effect {
        case .send(let request, let recipients, let round):
            if case .raise = request { statistics.countRaise() }
            return send(request, to: recipients, round: round, of: record)
        case .release(let token, let fence, let recipients, let until):
            let waiter = record.handle.releaser.take()
            release(token, fence: fence, key: record.key, at: recipients, until: until, waiter: waiter, now: now)
        case .granted:
            statistics.countGrant()
            if let holding = record.handle.machine.holding { record.hold(holding) }
            record.handle.finishAcquiring(.success(Lease(record)))
        case .failed(let failure):
            record.handle.finishAcquiring(.failure(isShutDown ? shutDownError(record) : error(failure.code, record, at: now)))
        case .extended(let requested):
            statistics.countExtension()
            if let holding = record.handle.machine.holding { record.hold(holding) }
            record.handle.lastExtensionFailure = nil
            if requested { record.handle.finishExtending(.success(())) }
        case .extensionFailed(let failure, let requested):
            if failure == .refused || failure == .unreachable {
                statistics.countFailedExtension()
                record.handle.lastExtensionFailure = failure
            }
            if requested { record.handle.finishExtending(.failure(error(failure.code, record, at: now))) }
        case .mustStop:
            if record.phase == .held { record.end(.mustStop) }
            let loss = record.handle.loss
            record.tell(loss, error(.lost, record, at: now).adding("\(loss)"))
        case .lost:
            record.end(.lost)
            statistics.countLoss()
            logger.debug("a lease ran out", metadata: [LogKeys.resource: "\(record.resource)"])
        }
        return nil
    }

    /// After a step: the next deadline, the next extension, or the end.
    private func settle(_ record: LeaseRecord, at now: Instant) {
        guard let slot = record.handle.slot else { return }
        if configuration.holder != nil { announce(record, in: slot, at: now) }
        guard record.handle.standing.isEnded else {
            leaseDeadlines.arm(slot, at: record.handle.standing.wakeAt ?? .distantFuture)
            if !record.handle.extenders.isEmpty { beginExtension(record, at: now) }
            return
        }
        leaseDeadlines.disarm(slot)
        record.handle.slot = nil
        record.handle.releaser.take()?.resume()
        while !record.handle.extenders.isEmpty { record.handle.finishExtending(.failure(error(.lost, record, at: now))) }
        leases.remove(slot, uses: record.handle.machine.nextRound.number)
    }

    // MARK: Sending

    private func send(_ request: NodeRequest, to wanted: NodeSet, round: RoundID, of record: LeaseRecord) -> LeaseEvent? {
        guard let slot = record.handle.slot else { return nil }
        if recipients.room == 0 {
            // What has gathered counts as in flight, too.
            writeBatch()
            recipients.ask(nodes)
        }
        recipients.takeRoom()
        let reached = wanted.intersection(recipients.nodes)
        if !reached.isEmpty {
            write(request, key: record.key, to: reached, NodeTicket(request.ticketKind, slot: slot, round: round.number))
        }
        let unsent = wanted.subtracting(reached)
        return unsent.isEmpty ? nil : .unsent(unsent, round)
    }

    private func write(
        _ request: NodeRequest, key: LockKey, as form: CommandBatch.ScriptForm = .digest, to nodes: NodeSet, _ ticket: NodeTicket
    ) {
        let hint = ticket.kind == .fencedAcquire ? WallClock.microseconds() : 0
        batch.append(request, key: key, fences: configuration.fences, hint: hint, as: form, to: nodes, ticket)
    }

    /// The node has lost the script: the request is sent again, to it alone and in full, if its round is still open.
    func resend(_ ticket: NodeTicket, to node: NodeID) {
        guard let record = leases[ticket.slot], nodes[node.index].isUp,
            let request = record.handle.machine.request(ofRound: RoundID(ticket.round))
        else { return }
        write(request, key: record.key, as: .source, to: NodeSet([node]), ticket)
    }

    // MARK: Errors

    func error(_ code: RedlockError.Code, _ record: LeaseRecord, at now: Instant) -> RedlockError {
        let (tally, attempts) = (record.handle.machine.lastTally, record.handle.machine.attempts)
        return RedlockError(
            code, code.sentence(about: record.resource), resource: record.resource,
            nodes: attempts == 0 ? [] : nodes.map { NodeReport($0, in: tally) }, attempts: attempts,
            elapsed: (now - record.startedAt).duration)
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
}

extension LeaseHandle {
    /// Why the holder is told to stop.
    fileprivate var loss: LeaseLoss {
        switch lastExtensionFailure {
        case .refused: return .refused
        case .unreachable: return .unreachable
        case .notHeld, .underWay, nil:
            guard let plan = machine.terms.autoExtension else { return .notExtended }
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
