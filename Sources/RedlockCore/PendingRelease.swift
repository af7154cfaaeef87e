/// A compare-and-delete that is owed to nodes until each has answered it or the key has expired by itself.
///
/// Owing is what keeps a lost connection from leaving a key behind: while a node's connection lives the release is
/// written behind the acquire it undoes, and if that connection dies it is written once more on the next one
/// (PROTOCOL section 6).
package struct PendingRelease: Hashable, Sendable {
    package let token: LockToken
    package let fence: UInt64
    /// When the nodes have expired the key anyway.
    package let until: Instant
    package let quorum: Quorum
    /// Not yet answered by these.
    package private(set) var owed: NodeSet
    /// Answered: whatever the answer, nothing of this token is there any more.
    package private(set) var answered = NodeSet.empty
    private let asked: NodeSet

    package init(token: LockToken, fence: UInt64, to nodes: NodeSet, until: Instant, quorum: Quorum) {
        self.token = token
        self.fence = fence
        self.until = until
        self.quorum = quorum
        self.owed = nodes
        self.asked = nodes
    }

    package mutating func answer(from node: NodeID) {
        guard owed.contains(node) else { return }
        owed.remove(node)
        answered.insert(node)
    }

    /// The node said that it could not: the key is left to expire there.
    package mutating func giveUp(on node: NodeID) {
        owed.remove(node)
    }

    /// Nothing more is owed to anyone.
    package var isSettled: Bool { owed.isEmpty }

    /// So many nodes are known to be free of the key that somebody else can get a quorum.
    package var isConfirmed: Bool {
        quorum.nodes - (asked.count - answered.count) >= quorum.needed
    }
}
