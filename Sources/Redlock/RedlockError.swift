/// Why a lock was not obtained, not extended, or not kept.
///
/// It never contains a password or an ownership token, so it may be logged as it is.
///
/// - Note: Two errors are equal when their codes are.
public struct RedlockError: Error, Sendable {
    /// The kind of failure. Busy and down are never the same code.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        private enum Value: String { case contended, unreachable, expired, lost, cancelled, shutDown, invalidConfiguration }
        private let value: Value

        /// A quorum of nodes answers, and somebody else holds the lock or contends for it. Worth retrying later.
        public static let contended = Code(value: .contended)
        /// So many nodes are down, mute or unable to serve that no quorum is possible. Worth retrying once they are back.
        public static let unreachable = Code(value: .unreachable)
        /// A quorum granted so late that nothing of the validity was left. Worth retrying with a longer ttl.
        public static let expired = Code(value: .expired)
        /// The lease can no longer be proved. Final for this lease: stop acting on it.
        public static let lost = Code(value: .lost)
        /// The task was cancelled while it waited. Whatever had been set is being undone.
        public static let cancelled = Code(value: .cancelled)
        /// The client was shut down.
        public static let shutDown = Code(value: .shutDown)
        /// The request or the configuration cannot work; the message says what to change. Not worth retrying.
        public static let invalidConfiguration = Code(value: .invalidConfiguration)

        /// The code's name.
        public var description: String { value.rawValue }
    }

    /// The kind of failure.
    public let code: Code
    /// What happened and what to do about it, in one sentence, without the nodes.
    public let message: String
    /// The lock it is about; nil if it is about the configuration.
    public let resource: String?
    /// What each configured node answered in the last attempt. Empty if the nodes have nothing to do with it.
    public let nodes: [NodeReport]
    /// How many attempts were made.
    public let attempts: Int
    /// How long they took together.
    public let elapsed: Duration

    init(
        _ code: Code, _ message: String, resource: String? = nil, nodes: [NodeReport] = [], attempts: Int = 0, elapsed: Duration = .zero
    ) {
        self.code = code
        self.message = message
        self.resource = resource
        self.nodes = nodes
        self.attempts = attempts
        self.elapsed = elapsed
    }
}

extension RedlockError {
    /// The same error with a further clause in its message.
    func adding(_ clause: String) -> RedlockError {
        RedlockError(code, "\(message): \(clause)", resource: resource, nodes: nodes, attempts: attempts, elapsed: elapsed)
    }
}

extension RedlockError: Equatable, Hashable {
    /// Equal when the codes are.
    public static func == (a: RedlockError, b: RedlockError) -> Bool { a.code == b.code }
    /// Hashes the code.
    public func hash(into hasher: inout Hasher) { hasher.combine(code) }
}

extension RedlockError: CustomStringConvertible, CustomDebugStringConvertible {
    /// One line that says what happened, where, and what to do.
    public var description: String {
        var text = "\(code): \(message)"
        if attempts > 0 { text += " (\(attempts) \(attempts == 1 ? "attempt" : "attempts") in \(elapsed.milliseconds) ms)" }
        // A node that did its part explains nothing.
        let notable = nodes.filter { $0.outcome != .granted && ($0.reason != nil || $0.outcome == .refused) }
        if !notable.isEmpty { text += "; " + notable.map(\.description).joined(separator: "; ") }
        return text
    }

    /// The same with a line for every node.
    public var debugDescription: String {
        let width = nodes.map(\.node.count).max() ?? 0
        let rows = nodes.map { node in
            "  \(node.node)\(String(repeating: " ", count: width - node.node.count))  \(node.outcome.rawValue)\(node.reason.map { ": \($0)" } ?? "")"
        }
        return (["\(code): \(message)"] + rows).joined(separator: "\n")
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds.multipliedReportingOverflow(by: 1_000).partialValue + attoseconds / 1_000_000_000_000_000
    }
}
