import RedlockCore

/// One compare-and-delete on its way, and who waits for it. Belongs to its lane.
final class ReleaseRecord {
    @exclusivity(unchecked) var pending: PendingRelease
    let key: LockKey
    @exclusivity(unchecked) private var waiter: UnsafeContinuation<Void, Never>?
    private let waitUntil: Instant

    init(_ pending: PendingRelease, key: LockKey, waiter: UnsafeContinuation<Void, Never>?, waitUntil: Instant) {
        self.pending = pending
        self.key = key
        self.waiter = waiter
        self.waitUntil = waitUntil
    }

    /// When it has to be looked at, if no answer comes before.
    var wakeAt: Instant { waiter == nil ? pending.until : min(waitUntil, pending.until) }

    /// The waiter goes on: it is confirmed, or has waited long enough.
    func finishWaiting() { waiter.take()?.resume() }

    func finishWaitingIfDue(at now: Instant) {
        if now >= waitUntil { finishWaiting() }
    }
}
