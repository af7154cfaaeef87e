import RedlockCore
import RedlockNode
import Synchronization

/// Looks through all nodes for locks, at all of them at once, by commands that keep no server busy for long.
final class LockScan: Sendable {
    /// What was found.
    struct Outcome: Sendable {
        /// The locks.
        let tally: LockTally
        /// For each node why it was not counted, or not seen to the end; nil if it was.
        let faults: [NodeFault?]
        /// For each node for how much longer its votes do not count; nil when they do.
        var quarantines: [Duration?] = []
        /// How many keys of the nodes were of another type.
        let foreign: Int
    }

    private struct State {
        var tally: LockTally
        var standings: [NodeStanding?]
        var foreign = 0
    }

    private let pattern: String
    private let timeout: Duration
    private let quarantine: Nanoseconds?
    private let state: Mutex<State>

    /// One more than any library's value has; more is not wanted, and could be megabytes.
    private static let lastByte = Array("\(LockValue.byteLimit)".utf8)
    private static let (getRange, firstByte, pttl) = (Array("GETRANGE".utf8), Array("0".utf8), Array("PTTL".utf8))
    /// So many keys are asked for with one write.
    private static let perStep = 500

    /// - Parameters:
    ///   - pattern: which keys, as Redis matches them.
    ///   - timeout: how long a node may take to connect, and for each of the steps.
    ///   - quarantine: how long a node must have been up for its vote to count; nil when every vote does.
    init(pattern: String, nodes: Int, timeout: Duration, quarantine: Nanoseconds?) {
        self.pattern = pattern
        self.timeout = timeout
        self.quarantine = quarantine
        state = Mutex(State(tally: LockTally(nodes: nodes), standings: Array(repeating: nil, count: nodes)))
    }

    /// How many different locks have been seen so far.
    var count: Int { state.withLock { $0.tally.keys.count } }

    /// Scans, and asks again for what had no quorum: it may have been taken or released while the nodes were being scanned.
    func run(_ endpoints: [NodeEndpoint]) async -> Outcome {
        var faults = await visit(endpoints, [NodeFault?](repeating: nil, count: endpoints.count)) {
            [pattern, timeout] (index, node) throws(NodeFault) in
            // Noted before anything is counted: the server may have another name, and this visit may end in the middle.
            let standing = try await NodeStanding.read(from: node)
            self.state.withLock { $0.standings[index] = standing }
            if let refusal = Preflight.refusal(of: standing.identity) { throw refusal }
            var scan = KeyScan(pattern: pattern)
            while let keys = try await scan.next(from: node, timeout: Nanoseconds(timeout)) {
                try await self.read(keys.filter { !LockKey.isBeside($0) }, index, node)
            }
        }
        faults = zip(refuse(endpoints), faults).map { $0 ?? $1 }
        let doubtful = takeDoubtful(faults)
        guard !doubtful.isEmpty else { return outcome(faults) }
        faults = await visit(endpoints, faults) { (index, node) throws(NodeFault) in
            for start in stride(from: 0, to: doubtful.count, by: Self.perStep) {
                try await self.read(Array(doubtful[start..<min(start + Self.perStep, doubtful.count)]), index, node)
            }
        }
        return outcome(faults)
    }

    /// Forgets what was seen under a second name of a server, or at what can be no node.
    private func refuse(_ endpoints: [NodeEndpoint]) -> [NodeFault?] {
        state.withLock { state in
            let refusals = NodeStanding.refusals(state.standings, named: endpoints.map(\.description))
            for (index, refusal) in refusals.enumerated() where refusal != nil { state.tally.forget(node: index) }
            return refusals
        }
    }

    /// Forgets the locks that no quorum holds, and answers with their keys.
    private func takeDoubtful(_ faults: [NodeFault?]) -> [[UInt8]] {
        let silent = faults.map { $0 != nil }
        return state.withLock { state in
            let positions = state.tally.keys.indices.filter { position in
                if case .held = LockVerdict(state.tally.readings(position, silent: silent)) { false } else { true }
            }
            for position in positions { state.tally.clear(position) }
            return positions.map { state.tally.keys[$0] }
        }
    }

    private func outcome(_ faults: [NodeFault?]) -> Outcome {
        state.withLock {
            Outcome(tally: $0.tally, faults: faults, quarantines: $0.standings.map { $0?.quarantine }, foreign: $0.foreign)
        }
    }

    /// Does something at those nodes that are not known to be of no use.
    private func visit(
        _ endpoints: [NodeEndpoint], _ known: [NodeFault?], _ body: @escaping @Sendable (Int, NodeClient) async throws(NodeFault) -> Void
    ) async -> [NodeFault?] {
        let asked = endpoints.indices.filter { known[$0] == nil }
        let results = await NodeVisit.all(asked.map { endpoints[$0] }, timeout: timeout, isBounded: false, quarantine: quarantine) {
            node throws(NodeFault) in try await body(asked[node.id.index], node)
        }
        var faults = known
        for (index, result) in zip(asked, results) { if case .failure(let fault) = result { faults[index] = fault } }
        return faults
    }

    private func read(_ keys: [[UInt8]], _ index: Int, _ node: NodeClient) async throws(NodeFault) {
        let values = keys.map { [Self.getRange, $0, Self.firstByte, Self.lastByte] }
        let replies = try await node.commands(values + keys.map { [Self.pttl, $0] }, timeout: Nanoseconds(timeout))
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
