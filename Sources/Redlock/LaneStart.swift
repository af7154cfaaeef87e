import RedlockCore

/// Holds the first requests of a lane back until its nodes have had a chance to connect.
///
/// Without it the first acquire of a process would find every node down. Once all nodes have connected or failed it is
/// over; once a quorum is up the others get a short grace; and no connection takes longer than its timeout.
struct LaneStart {
    private static let grace = Nanoseconds.milliseconds(50)

    private(set) var isOver = false
    /// When it is over at the latest.
    private(set) var deadline: Instant?
    private var quorum = Quorum(nodes: 1)
    private var known = NodeSet.empty
    private var up = NodeSet.empty
    var waiting: [LaneRequest] = []

    mutating func begin(at now: Instant, timeout: Nanoseconds, quorum: Quorum) {
        deadline = now + timeout
        self.quorum = quorum
    }

    mutating func node(_ node: NodeID, isUp: Bool, at now: Instant) {
        known.insert(node)
        if isUp { up.insert(node) } else { up.remove(node) }
        if up.count >= quorum.needed, let limit = deadline { deadline = min(limit, now + Self.grace) }
        if known.count == quorum.nodes { isOver = true }
    }

    mutating func check(at now: Instant) {
        if let deadline, now >= deadline { isOver = true }
    }

    mutating func end() { isOver = true }
}
