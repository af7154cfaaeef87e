package import RedlockCore

/// One thing that happened in a run, written down by an onlooker with one perfect clock.
///
/// In the simulator that clock is virtual time; in a run on one host it is the host's boot clock. Either way all instants
/// of a history come from it, also the ends of validity, whatever clock the holder itself goes by.
package struct Operation: Hashable, Sendable {
    package var at: Instant
    /// The process it happened in; `world` for nodes and network.
    package var process: Int
    /// The handle it is about, unique in a history; 0 for none.
    package var lease: Int
    package var what: What

    package static let world = -1

    package init(at: Instant, process: Int = Operation.world, lease: Int = 0, _ what: What) {
        self.at = at
        self.process = process
        self.lease = lease
        self.what = what
    }

    package enum What: Hashable, Sendable {
        // What a holder asked for and was told. An acquire ends in granted, refused or unknown, or has not ended.
        /// A lock was asked for.
        case acquire(resource: String)
        /// It was given, and is valid up to this instant. `fence` is 0 without fencing.
        case granted(validUntil: Instant, fence: UInt64)
        /// It was definitely not given.
        case refused(String)
        /// Whether it was given will never be known.
        case unknown
        /// The end of validity has moved.
        case extended(validUntil: Instant)
        /// The end of validity stands.
        case extensionFailed(String)
        /// The holder's clock turned out to reach the end of validity at another instant than was thought.
        case revalued(validUntil: Instant)
        /// The holder was told to stop.
        case mustStop
        /// The holder was told that validity is over.
        case lost
        /// The holder gave the lock back, and relied on it no more from here on.
        case released
        /// The holder changed the protected resource.
        case acted
        /// The holder was shown this value by the protected resource; values are unique in a history, and 0 is the first.
        case read(value: UInt64)
        /// The holder hands this value, which follows from the last one it has read, to the protected resource.
        case writes(value: UInt64)
        /// The protected resource has confirmed the value.
        case wrote
        /// The protected resource rejected a read or a write because its fencing token is stale.
        case turnedAway

        // Processes.
        case died
        case paused
        case resumed

        // Attempts and nodes.
        /// An attempt began under this token.
        case tried(token: UInt64)
        /// The deletion of whatever this token has left anywhere was begun.
        case tookBack(token: UInt64)
        /// A node holds the key for this token now.
        case stored(node: Int, token: UInt64)
        /// A node deleted the key of `token` because `by` asked for it.
        case deleted(node: Int, token: UInt64, by: UInt64)
        /// At the end of the run, when every lease was long over, the key was still there.
        case left(node: Int, token: UInt64)

        // The world.
        /// A fault began, or something else worth a line in the timeline.
        case note(String)
        /// The run went beyond what Redlock promises anything for.
        case outside(Assumption)
        /// From here on nothing fails. Every lock asked for later must be given by `liveBy`; what is taken back later
        /// must be gone within `cleanWithin`.
        case healed(liveBy: Instant, cleanWithin: Nanoseconds)
    }
}

/// What a run must keep to for its verdict to mean anything (PROTOCOL sections 1 and 15).
package enum Assumption: String, Hashable, Sendable, CaseIterable {
    /// A2: the wall clock of a node stepped.
    case clockStep
    /// A2: two clocks differed in rate by more than the drift factor.
    case clockRate
    /// A1: keys were deleted by somebody else: a flush, an eviction, a manual DEL.
    case foreignDelete
    /// A1: a replica took the place of its primary.
    case replicaPromoted
    /// A3: clients did not share one maxTTL.
    case mismatchedMaxTTL
    /// A node lost its memory and its votes were not quarantined.
    case unquarantinedAmnesia
    /// Section 15: the holder acted on a lease that was over, because it was paused between the check and the use.
    case pauseBetweenCheckAndUse

    /// What it means, for reports.
    package var sentence: String {
        switch self {
        case .clockStep: "the wall clock of a node stepped (A2)"
        case .clockRate: "clocks differed in rate by more than the drift factor (A2)"
        case .foreignDelete: "somebody else deleted keys (A1)"
        case .replicaPromoted: "a replica took the place of its primary (A1)"
        case .mismatchedMaxTTL: "clients did not share one maxTTL (A3)"
        case .unquarantinedAmnesia: "a node lost its memory and was not quarantined (section 5)"
        case .pauseBetweenCheckAndUse: "a holder acted after its validity: paused between check and use (section 15)"
        }
    }
}
