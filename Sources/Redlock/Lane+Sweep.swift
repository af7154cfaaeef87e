import NIOCore
import RedlockCore
import RedlockNode

/// The one timer of a lane.
extension Lane {
    /// Sees to it that the loop wakes for the next deadline. A timer that is early enough stays as it is.
    func scheduleSweep() {
        var next = min(leaseDeadlines.nextSweep ?? .distantFuture, releaseDeadlines.nextSweep ?? .distantFuture)
        if !start.isOver, let deadline = start.deadline { next = min(next, deadline) }
        guard next < sweepAt else { return }
        sweepTimer?.cancel()
        sweepAt = next
        let wait = max((next - BootClock.now()).count, 0)
        sweepTimer = eventLoop.scheduleTask(in: .nanoseconds(wait)) { self.sweep() }
    }

    func sweep() {
        sweepAt = .distantFuture
        let now = BootClock.now()
        start.check(at: now)
        admitWaiting(at: now)
        leaseDeadlines.sweep(at: now, into: &due)
        for slot in due {
            guard let record = leases[slot] else { continue }
            step(record, .woke(fresh: tokens.next()), at: now)
        }
        due.removeAll(keepingCapacity: true)
        releaseDeadlines.sweep(at: now, into: &due)
        for slot in due { wakeRelease(slot, at: now) }
        due.removeAll(keepingCapacity: true)
        for node in nodes { node.dropIfStalled(at: now) }
        probeClocks(at: now)
        flush()
    }

    /// Looks at the nodes' clocks now and then, while there are leases to lose.
    private func probeClocks(at now: Instant) {
        guard leases.count > 0, now - clocksProbedAt > .seconds(10) else { return }
        clocksProbedAt = now
        for node in nodes { node.probeClock(at: now) }
    }
}
