import RedlockCore
import RedlockNode
import Synchronization

/// Looks through all nodes for locks, at all of them at once, by commands that keep no server busy for long.
final class LockScan: Sendable {
    /// What was found.
    struct Outcome: Sendable {
        /// The locks.
        let tally: LockTally
        /// For each node why it was not seen to the end; nil if it was.
        let faults: [NodeFault?]
        /// How many keys of the nodes were of another type.
        let foreign: Int
    }

    private struct State {
        var tally: LockTally
        var foreign = 0
    }

    private let pattern: String
    private let timeout: Duration
    private let state: Mutex<State>

    /// One more than any library's value has; more is not wanted, and could be megabytes.
    private static let lastByte = "\(LockValue.byteLimit)"
    /// So many keys are asked for with one write.
    private static let perStep = 500

    /// - Parameters:
    ///   - pattern: which keys, as Redis matches them.
    ///   - timeout: how long a node may take to connect, and for each of the steps.
    init(pattern: String, nodes: Int, timeout: Duration) {
        self.pattern = pattern
        self.timeout = timeout
        state = Mutex(State(tally: LockTally(nodes: nodes)))
    }

    /// How many different locks have been seen so far.
    var count: Int { state.withLock { $0.tally.keys.count } }

    /// Scans, and asks again for what had no quorum: it may have been taken or released while the nodes were being scanned.
    func run(_ endpoints: [NodeEndpoint]) async -> Outcome {
        let first = await visit(endpoints) { [pattern, timeout] (index, node) throws(NodeFault) in
            var scan = KeyScan(pattern: pattern)
            while let keys = try await scan.next(from: node, timeout: Nanoseconds(timeout)) {
                try await self.read(keys.filter { !LockKey.isBeside($0) }, index, node)
            }
        }
        let silent = first.map { $0 != nil }
        let doubtful = state.withLock { state in
            let positions = state.tally.keys.indices.filter { position in
                if case .held = LockVerdict(state.tally.readings(position, silent: silent)) { false } else { true }
            }
            for position in positions { state.tally.clear(position) }
            return positions.map { state.tally.keys[$0] }
        }
        guard !doubtful.isEmpty else { return outcome(first) }
        let second = await visit(endpoints) { (index, node) throws(NodeFault) in
            if let fault = first[index] { throw fault }
            for start in stride(from: 0, to: doubtful.count, by: Self.perStep) {
                try await self.read(Array(doubtful[start..<min(start + Self.perStep, doubtful.count)]), index, node)
            }
        }
        return outcome(second)
    }

    private func outcome(_ faults: [NodeFault?]) -> Outcome {
        state.withLock { Outcome(tally: $0.tally, faults: faults, foreign: $0.foreign) }
    }

    private func visit(
        _ endpoints: [NodeEndpoint], _ body: @escaping @Sendable (Int, NodeClient) async throws(NodeFault) -> Void
    ) async -> [NodeFault?] {
        let results = await NodeVisit.all(endpoints, timeout: timeout, isBounded: false) { node throws(NodeFault) in
            try await body(node.id.index, node)
        }
        return results.map { if case .failure(let fault) = $0 { fault } else { nil } }
    }

    private func read(_ keys: [[UInt8]], _ index: Int, _ node: NodeClient) async throws(NodeFault) {
        let values = keys.map { [Array("GETRANGE".utf8), $0, [0x30], Array(Self.lastByte.utf8)] }
        let replies = try await node.commands(values + keys.map { [Array("PTTL".utf8), $0] }, timeout: Nanoseconds(timeout))
        let refusal = state.withLock { state -> NodeFault? in
            for (position, key) in keys.enumerated() {
                switch (replies[position], replies[keys.count + position]) {
                // -2: it has expired in the meantime.
                case (.bulk, .integer(-2)): continue
                case (.bulk(let token), .integer(let ttl)): state.tally.add(key, token: token, ttl: ttl, node: index)
                case (.error(let text), _) where text.hasPrefix("WRONGTYPE"): state.foreign += 1
                case (.error(let text), _), (_, .error(let text)): return NodeFault(errorReply: text)
                default: return NodeFault(.protocolViolation, "answers otherwise than Redis does")
                }
            }
            return nil
        }
        if let refusal { throw refusal }
    }
}
