import RedlockCore
import RedlockNode

/// The keys of one node that match a pattern, a few at a time: SCAN, so that no command keeps the server busy for long.
///
/// What is there from the beginning to the end is seen at least once, perhaps twice; what comes or goes meanwhile may be missed.
struct KeyScan: Sendable {
    /// Which keys, as Redis matches them.
    let pattern: String
    private var cursor: String? = "0"

    /// About a third of a millisecond of an idle server's time; 1.3 ms of one that shares two busy processors with others.
    private static let perStep = 1000

    /// Begins at the beginning.
    init(pattern: String) { self.pattern = pattern }

    /// Whether all have been seen.
    var isOver: Bool { cursor == nil }

    /// The next keys, perhaps none this time; nil when all have been seen.
    mutating func next(from node: NodeClient, timeout: Nanoseconds) async throws(NodeFault) -> [[UInt8]]? {
        guard let cursor else { return nil }
        return try take(try await node.command(["SCAN", cursor, "MATCH", pattern, "COUNT", "\(Self.perStep)"], timeout: timeout))
    }

    private mutating func take(_ reply: RESPValue) throws(NodeFault) -> [[UInt8]] {
        if case .error(let text) = reply { throw NodeFault(errorReply: text) }
        guard case .array(let parts) = reply, parts.count == 2, let next = parts[0].text, case .array(let items) = parts[1] else {
            throw NodeFault(.protocolViolation, "answers SCAN otherwise than Redis does")
        }
        cursor = next == "0" ? nil : next
        return items.compactMap { if case .bulk(let key) = $0 { key } else { nil } }
    }
}
