import Foundation
import RedlockCore
import RedlockNode

/// What one look at the deployment saw.
struct WatchSample: Sendable {
    /// The time of day, for people.
    let date: Date
    /// Since the first look, by a clock that only goes forward.
    let elapsed: Duration
    /// Each node, in their order.
    let nodes: [Result<Node, NodeFault>]
    /// What each node has of each lock that was looked at, in the nodes' order.
    let locks: [WatchKey: [LockReading]]
    /// Whether every node that answers was walked through to the end at least once.
    let isComplete: Bool
    /// Whether there are more locks than are looked at.
    let isTruncated: Bool

    /// One node that answered.
    struct Node: Sendable, Hashable {
        /// A round trip.
        var roundTripMicroseconds: Int64
        /// For how much longer its votes do not count.
        var quarantine: Duration?
        /// Why it can be no node.
        var refusal: String?
        /// Whether its user may not look at locks, which clients' users need not.
        var isUnseen = false
    }
}

/// A lock's key, which other libraries may have made of any bytes.
struct WatchKey: Sendable, Hashable {
    /// The whole key.
    let bytes: [UInt8]

    /// The name of the lock: the key without the prefix.
    func resource(prefix: String) -> String { Escaping.text(bytes.dropFirst(prefix.utf8.count)) }

    /// The key of its fencing counter.
    var fence: [UInt8] { Array("\(LockKey.fencePrefix)".utf8) + bytes }
}
