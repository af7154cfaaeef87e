import RedlockCore
import RedlockNode

/// What was found out about one node, as far as it could be. Plain values: ``Diagnosis`` judges them.
struct NodeFacts: Sendable {
    /// The URL without password.
    var name: String
    /// Why it could not be looked at, or not any further.
    var fault: NodeFault?
    /// Why the library itself cannot use it.
    var libraryFault: NodeFault?
    /// Which server it is; nil if it does not say.
    var server: ServerIdentity?
    /// Why the library takes it for no node, by itself; the same server under two names is another matter.
    var refusal: NodeFault? { server.flatMap(Preflight.refusal(of:)) }
    /// How much of its memory is in use, and how much there may be; 0 means without a limit.
    var memory: (used: Int64, limit: Int64)?
    /// Round trips, shortest first.
    var roundTrips: [Nanoseconds] = []
    /// Its wall clock less our monotonic one, in the middle of what it can be.
    var clock: Nanoseconds?
    /// By how much its clock was set while we looked.
    var clockStep: Nanoseconds?
    /// always, everysec or no; nil if it does not say.
    var appendfsync: String?
    /// The user that we are there; nil if it does not say.
    var user: String?
    /// The rights that the user lacks.
    var missing: [LockRight] = []
    /// What it says to a write, if it refuses one for another reason than rights.
    var writeFault: NodeFault?
    /// When its certificate ends, in seconds since 1970.
    var certificateEnd: Int64?
    /// What lies under the prefix.
    var leftovers: Leftovers?

    /// Keys without a ttl.
    struct Leftovers: Sendable {
        /// How many keys were looked at.
        var seen = 0
        /// Whether those were all.
        var isComplete = false
        /// How many never expire.
        var count = 0
        /// The first of them.
        var example: String?
    }

    /// The round trip that so many of a hundred do not exceed.
    func roundTrip(percentile: Int) -> Nanoseconds? {
        guard !roundTrips.isEmpty else { return nil }
        return roundTrips[(roundTrips.count * percentile + 99) / 100 - 1]
    }
}
