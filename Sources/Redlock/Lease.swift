import RedlockCore
import RedlockNode

/// The fact of holding a lock, for a time.
///
/// **Guaranteed:** while ``isValid`` says true no other client of the same nodes holds the lock, as long as clocks run at
/// the same rate within the configured drift, no node forgets its keys without being quarantined, and nobody deletes
/// keys by hand (PROTOCOL section 1). **Not guaranteed:** that an effect which was begun while the lease was valid also
/// arrives while it is. A process can be paused between the check and the write; only a resource that rejects a smaller
/// ``fencingToken`` than the largest it has seen is safe against that.
///
/// Release it with ``release()``. A lease that is dropped without a release is released in the background, and a warning
/// is logged. Safe to use from several tasks.
public final class Lease: Sendable {
    let record: LeaseRecord

    init(_ record: LeaseRecord) {
        self.record = record
    }

    deinit {
        switch record.phase {
        case .held, .mustStop: record.lane.submit(.drop(record))
        case .pending, .lost, .released: break
        }
    }

    /// The name under which the lock was asked for, without the key prefix.
    public var resource: String { record.resource }

    /// Whether the lock is held now, by a fresh reading of a clock that counts suspended time. Once false it stays so.
    public var isValid: Bool { record.isValid(at: BootClock.now()) }

    /// How long the lease may still be relied on if it is not extended; zero once it is not valid.
    public var remainingValidity: Duration {
        let now = BootClock.now()
        return record.isValid(at: now) ? (record.validUntil - now).duration : .zero
    }

    /// The end of validity as an instant of the continuous clock, which counts suspended time too. Moves with extensions.
    public var validUntil: ContinuousClock.Instant {
        let reference = ContinuousClock.now  // read first, so that the result is rather early than late
        return reference.advanced(by: (record.validUntil - BootClock.now()).duration)
    }

    /// When the holder must have stopped: ahead of ``validUntil`` by the safety margin. Moves with extensions.
    public var mustStopBy: ContinuousClock.Instant {
        let reference = ContinuousClock.now
        return reference.advanced(by: (record.stopAt - BootClock.now()).duration)
    }

    /// A number larger than that of every lease granted on this resource before, and the same through extensions; 0 if
    /// fencing is off.
    ///
    /// Send it along with every write to the protected resource, and let the resource reject a smaller one than the
    /// largest it has seen. **Guaranteed** in grant order while a majority of the counters survives; after their loss as
    /// long as the nodes' wall clocks agree within the quarantine (PROTOCOL section 7).
    public var fencingToken: UInt64 { record.fence }

    /// Waits until the holder must stop, and says why; nil if the lease was released, or the waiting task cancelled.
    ///
    /// It comes at ``mustStopBy`` at the latest, from a local timer, whatever the network does; and it is final.
    public var loss: LeaseLoss? {
        get async { await record.verdict() }
    }

    /// Asks for a validity of `ttl` from now on.
    ///
    /// One round, bounded by the attempt timeout. **Guaranteed:** the lease never gets shorter, and when this throws, the
    /// lease is valid until its old end, so it may be tried again. It is accepted only while the lease is still valid
    /// (PROTOCOL section 6, C6).
    ///
    /// - Parameter ttl: 10 ms to `maxTTL`; nil means the ttl it was acquired with.
    /// - Throws: `lost` if the lease is over or its holder was already told to stop; `contended` if too many nodes hold
    ///   another value or none; `unreachable` if too few answered (worth retrying inside the validity);
    ///   `invalidConfiguration` for an impossible ttl; `shutDown`.
    public func extend(to ttl: Duration? = nil) async throws(RedlockError) {
        let ttl = try ttl.map { ttl throws(RedlockError) in try record.lane.configuration.ttl(ttl) } ?? record.ttl
        let result = await withUnsafeContinuation { continuation in
            record.lane.submit(.extend(record, ttl, continuation))
        }
        try result.get()
    }

    /// Gives the lock back.
    ///
    /// Returns when a majority of the nodes has confirmed, or cannot, bounded by the attempt timeout; the rest is
    /// finished in the background. Never throws: a key that is gone already is what was wanted. Releasing twice, or after
    /// the lease was lost, does nothing. Not affected by cancellation of the calling task.
    public func release() async {
        await withUnsafeContinuation { continuation in
            record.lane.submit(.release(record, continuation))
        }
    }
}

extension Lease: CustomStringConvertible {
    /// The resource and what is left of the validity.
    public var description: String { "Lease(\(resource), \(remainingValidity.milliseconds) ms left)" }
}
