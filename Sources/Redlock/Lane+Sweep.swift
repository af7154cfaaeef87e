import NIOCore
import RedlockCore
import RedlockNode

/// The one timer of a lane. Leases and releases share the wheel: even IDs are leases, odd ones releases.
extension Lane {
    func timer(ofLease slot: UInt32) -> UInt32 { slot << 1 }
    func timer(ofRelease slot: UInt32) -> UInt32 { slot << 1 | 1 }

    /// Sees to it that the loop wakes for the next deadline. A timer that is early enough stays as it is.
    func scheduleSweep() {
        var next = wheel.nextSweep ?? .distantFuture
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
        wheel.sweep(at: now, into: &due)
        for timer in due {
            let slot = timer >> 1
            if timer & 1 == 1 {
                wakeRelease(slot, at: now)
            } else if let record = leases[slot] {
                step(record, .woke(fresh: tokens.next()), at: now)
            }
        }
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
