import Logging
import NIOCore
import RedlockCore
import RedlockNode

/// What callers ask for.
extension Lane {
    func handle(_ request: LaneRequest, at now: Instant) {
        switch request {
        case .acquire(let record, let waiter): acquire(record, waiter, at: now)
        case .cancel(let record): cancel(record, at: now)
        case .extend(let record, let ttl, let waiter): extend(record, to: ttl, waiter, at: now)
        case .release(let record, let waiter): release(record, waiter, at: now)
        case .drop(let record):
            guard record.slot != nil else { return }
            logger.warning(
                "a lease was dropped without a release; it is released now, in the background",
                metadata: [LogKeys.resource: "\(record.resource)"])
            release(record, nil, at: now)
        case .shutDown(let waiter): shutDown(waiter, at: now)
        }
    }

    private func acquire(_ record: LeaseRecord, _ waiter: CheckedContinuation<Result<Lease, RedlockError>, Never>, at now: Instant) {
        guard !isShutDown else { return waiter.resume(returning: .failure(shutDownError(record))) }
        guard !record.isCancelled else {
            return waiter.resume(returning: .failure(error(.cancelled, record, machine: nil, at: now)))
        }
        guard start.isOver else {
            start.waiting.append(.acquire(record, waiter))
            return
        }
        let firstRound = RoundID(leases.uses(of: leases.nextID))
        let slot = leases.insert(
            LeaseSlot(machine: LeaseMachine(terms: record.terms, firstRound: firstRound), record: record, acquirer: waiter))
        record.slot = slot
        step(slot, .started(token: tokens.next(), seed: jitter.next()), at: now)
    }

    private func cancel(_ record: LeaseRecord, at now: Instant) {
        record.isCancelled = true
        if let slot = record.slot { return step(slot, .cancelled, at: now) }
        // Still waiting for the nodes to connect, or not even submitted: `acquire` will find the mark.
        let waiting = start.waiting
        start.waiting = []
        for request in waiting { handle(request, at: now) }
    }

    private func extend(
        _ record: LeaseRecord, to ttl: Nanoseconds, _ waiter: CheckedContinuation<Result<Void, RedlockError>, Never>, at now: Instant
    ) {
        guard let slot = record.slot, !isShutDown else {
            let reason = isShutDown ? shutDownError(record) : error(.lost, record, machine: nil, at: now)
            return waiter.resume(returning: .failure(reason))
        }
        leases[slot]?.extenders.append((ttl, waiter))
        beginExtension(slot, at: now)
    }

    /// One extension at a time: starts the first that waits, unless one is under way.
    func beginExtension(_ slot: UInt32, at now: Instant) {
        guard let lease = leases[slot], let next = lease.extenders.first, !lease.machine.isExtending else { return }
        step(slot, .extensionRequested(ttl: next.ttl), at: now)
    }

    private func release(_ record: LeaseRecord, _ waiter: CheckedContinuation<Void, Never>?, at now: Instant) {
        guard let slot = record.slot else {
            waiter?.resume()
            return
        }
        leases[slot]?.releaser = waiter
        record.end(.released)
        record.tell(nil)
        step(slot, .releaseRequested, at: now)
    }

    // MARK: Shutting down

    /// Refuses new work, ends all waiting, tells holders to stop, and closes the connections once the releases under way
    /// are answered. Held leases are not deleted: their holders may be at work until the validity ends.
    private func shutDown(_ waiter: CheckedContinuation<Void, Never>?, at now: Instant) {
        if let waiter { drained.append(waiter) }
        if !isShutDown {
            isShutDown = true
            start.end()
            admitWaiting(at: now)
            for slot in leases.ids {
                if let record = leases[slot]?.record { record.tell(.shutDown, shutDownError(record)) }
                step(slot, .cancelled, at: now)
            }
            eventLoop.scheduleTask(in: .nanoseconds(configuration.attemptTimeout.count)) { self.close() }
        }
        closeIfDrained()
    }

    /// Nothing is owed to any node that could take it.
    func closeIfDrained() {
        guard isShutDown else { return }
        let up = NodeSet(nodes.lazy.filter(\.isUp).map(\.id))
        let owes = releases.ids.contains { !(releases[$0]?.pending.owed.isDisjoint(with: up) ?? true) }
        if !owes { close() }
    }

    private func close() {
        for node in nodes { node.close() }
        for slot in releases.ids { finishWaiting(slot) }
        let waiters = drained
        drained = []
        for waiter in waiters { waiter.resume() }
    }

    // MARK: Start

    /// Lets the requests in that were held back while the nodes connected.
    func admitWaiting(at now: Instant) {
        guard start.isOver, !start.waiting.isEmpty else { return }
        let waiting = start.waiting
        start.waiting = []
        for request in waiting { handle(request, at: now) }
    }
}
