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
            guard record.handle.slot != nil else { return }
            logger.warning(
                "a lease was dropped without a release; it is released now, in the background",
                metadata: [LogKeys.resource: "\(record.resource)"])
            release(record, nil, at: now)
        case .shutDown(let waiter): shutDown(waiter, at: now)
        }
    }

    private func acquire(_ record: LeaseRecord, _ waiter: UnsafeContinuation<Result<Lease, RedlockError>, Never>, at now: Instant) {
        guard !isShutDown else { return waiter.resume(returning: .failure(shutDownError(record))) }
        guard !record.handle.isCancelled else { return waiter.resume(returning: .failure(error(.cancelled, record, at: now))) }
        guard start.isOver else {
            start.waiting.append(.acquire(record, waiter))
            return
        }
        record.handle.acquirer = waiter
        let slot = leases.insert(record)
        record.handle.begin(in: slot, at: RoundID(leases.uses(of: slot)))
        step(record, .started(token: tokens.next(), seed: jitter.next()), at: now)
    }

    private func cancel(_ record: LeaseRecord, at now: Instant) {
        record.handle.isCancelled = true
        if record.handle.slot != nil { return step(record, .cancelled, at: now) }
        // Still waiting for the nodes to connect, or not even submitted: `acquire` will find the mark.
        let waiting = start.waiting
        start.waiting = []
        for request in waiting { handle(request, at: now) }
    }

    private func extend(
        _ record: LeaseRecord, to ttl: Nanoseconds, _ waiter: UnsafeContinuation<Result<Void, RedlockError>, Never>, at now: Instant
    ) {
        guard record.handle.slot != nil, !isShutDown else {
            let reason = isShutDown ? shutDownError(record) : error(.lost, record, at: now)
            return waiter.resume(returning: .failure(reason))
        }
        record.handle.extenders.append(LeaseHandle.Extender(ttl: ttl, waiter: waiter))
        beginExtension(record, at: now)
    }

    /// One extension at a time: starts the first that waits, unless one is under way.
    func beginExtension(_ record: LeaseRecord, at now: Instant) {
        guard let next = record.handle.extenders.first, !record.handle.standing.isExtending else { return }
        step(record, .extensionRequested(ttl: next.ttl), at: now)
    }

    private func release(_ record: LeaseRecord, _ waiter: UnsafeContinuation<Void, Never>?, at now: Instant) {
        guard record.handle.slot != nil else {
            waiter?.resume()
            return
        }
        // Of two that release one lease at once, the second finds it ended: the slot is gone with the first.
        record.handle.releaser = waiter
        record.end(.released)
        record.tell(nil)
        step(record, .releaseRequested, at: now)
    }

    // MARK: Shutting down

    /// Refuses new work, ends all waiting, tells holders to stop, and closes the connections once the releases under way
    /// are answered. Held leases are not deleted: their holders may be at work until the validity ends.
    private func shutDown(_ waiter: UnsafeContinuation<Void, Never>?, at now: Instant) {
        if let waiter { drained.append(waiter) }
        if !isShutDown {
            isShutDown = true
            start.end()
            admitWaiting(at: now)
            for (_, record) in leases.all {
                record.tell(.shutDown, shutDownError(record))
                step(record, .cancelled, at: now)
            }
            eventLoop.scheduleTask(in: .nanoseconds(configuration.attemptTimeout.count)) { self.close() }
        }
    }

    /// Closes once nothing is owed to any node that could take it. Asked for at the end of each tick.
    func closeIfDrained() {
        guard isShutDown else { return }
        guard !isClosed else { return resumeDrained() }
        let up = NodeSet(nodes.lazy.filter(\.isUp).map(\.id))
        if releases.all.allSatisfy({ $0.element.pending.owed.isDisjoint(with: up) }) { close() }
    }

    private func close() {
        guard !isClosed else { return }
        isClosed = true
        for node in nodes { node.close() }
        // What is still owed cannot be written any more; those keys expire by themselves.
        for (_, record) in releases.all { record.finishWaiting() }
        releases = Slab()
        releaseDeadlines = DeadlineWheel(startingAt: BootClock.now())
        resumeDrained()
    }

    private func resumeDrained() {
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
