import RedlockCore
import RedlockNode

/// Walks through the locks of one node again and again, a bounded piece at a time, so that neither side is busy for long.
struct KeyWalk: Sendable {
    private let pattern: String
    private var scan: KeyScan

    /// A walk over the keys that begin with the prefix and go on as the glob pattern says.
    init(prefix: String, pattern: String) {
        self.pattern = Glob.escaped(prefix) + pattern
        scan = KeyScan(pattern: self.pattern)
    }

    /// The locks among the next keys: at most that many calls, one after the other, and none begun after the deadline.
    ///
    /// - Returns: the keys, perhaps one of them twice, and whether the walk came to its end; then it begins anew.
    mutating func next(
        of node: NodeClient, calls: Int, until deadline: Instant, timeout: Nanoseconds
    ) async throws(NodeFault) -> (keys: [[UInt8]], isAtEnd: Bool) {
        var keys: [[UInt8]] = []
        for _ in 0..<calls where BootClock.now() < deadline {
            let found = try await scan.next(from: node, timeout: timeout) ?? []
            keys += found.filter { !LockKey.isBeside($0) }
            if scan.isOver {
                scan = KeyScan(pattern: pattern)
                return (keys, true)
            }
        }
        return (keys, false)
    }
}
