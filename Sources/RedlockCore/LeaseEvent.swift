/// What can happen to a lease. Events are past facts; the instant is handed in beside them.
package enum LeaseEvent: Hashable, Sendable {
    /// Somebody wants the lock. The seed feeds the jitter of this lease.
    case started(token: LockToken, seed: UInt64)
    /// A node answered a round.
    case voted(NodeID, Vote, RoundID)
    /// These nodes could not be written to, so they will not answer this round and hold nothing because of it.
    case unsent(NodeSet, RoundID)
    /// The instant named by `wakeAt` has come. The token is used if a new attempt begins now, and then only.
    case woke(fresh: LockToken)
    /// The holder asks for an extension to this ttl.
    case extensionRequested(ttl: Nanoseconds)
    /// The holder is done.
    case releaseRequested
    /// Whoever wanted the lock no longer does.
    case cancelled
}

/// What must be done, in this order. Effects are plain values: no continuation, task, timer or closure is in them.
package enum LeaseEffect: Hashable, Sendable {
    /// Write this request to these nodes; their answers come back as votes of this round.
    case send(NodeRequest, to: NodeSet, round: RoundID)
    /// Delete the key where it still has this token. Owed to each of these nodes until it answered or `until` has
    /// passed; ordered behind whatever was sent to the node before.
    case release(token: LockToken, fence: UInt64, to: NodeSet, until: Instant)
    /// The lock is held: `holding` says until when.
    case granted
    /// The lock was not obtained and will not be.
    case failed(AcquireFailure)
    /// Validity has moved forward. `requested` tells an asked-for extension from an automatic one.
    case extended(requested: Bool)
    /// Validity stands where it stood.
    case extensionFailed(ExtensionFailure, requested: Bool)
    /// The holder must stop now, while the lock is still valid: it will not be extended any more.
    case mustStop
    /// Validity is over without a release. Final.
    case lost
}

/// A request of a round, as every node gets it.
package enum NodeRequest: Hashable, Sendable {
    case acquire(token: LockToken, ttl: Nanoseconds, fencing: Bool)
    /// Phase 2 of a fenced acquire: store the agreed counter beside the key, if the key is ours.
    case raise(token: LockToken, fence: UInt64)
    case extend(token: LockToken, ttl: Nanoseconds, fence: UInt64)
}

package enum AcquireFailure: Hashable, Sendable {
    /// Enough nodes answered, and somebody else's lock is on too many of them.
    case contended
    /// Too many nodes did not answer or could not serve.
    case unreachable
    /// A quorum granted, but so late that nothing of the validity is left before the holder would have to stop.
    case expired
    case cancelled
}

package enum ExtensionFailure: Hashable, Sendable {
    /// Too many nodes hold another value or none: the lease cannot be extended, and ends with its validity.
    case refused
    /// Too many nodes did not answer or could not serve. Worth another try inside the validity.
    case unreachable
    /// The lease is not held any more, or its end has already been told.
    case notHeld
    /// Another extension is under way; they are made one at a time.
    case underWay
}
