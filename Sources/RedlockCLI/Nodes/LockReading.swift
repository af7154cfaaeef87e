import RedlockCore
import RedlockNode

/// What one node has under one lock's key.
struct LockReading: Sendable, Hashable {
    /// What the key says, or why nobody knows.
    var state: State
    /// The fencing counter beside it; nil if there is none, or none that can be read.
    var fencing: UInt64?
    /// Those who told the node that they wait for the lock; nil where it does not say, or where nobody asked.
    var waiting: Waiting?
    /// For how much longer the node's vote does not count, because it restarted and may have forgotten a lock; nil when it does.
    var quarantine: Duration?

    /// What a key says about a lock.
    enum State: Sendable, Hashable {
        /// There is no key.
        case free
        /// A value, any library's, and how long the key will live; nil means for ever.
        case held(token: [UInt8], ttl: Duration?)
        /// A key of a type that no lock of this library has.
        case wrongType(String)
        /// The node does not answer.
        case unreachable(String)
        /// It answers and has no vote: a replica, a Sentinel, a server that is a node already, or one that does not serve us.
        case unfit(String)

        /// Of a node that cannot be asked.
        init(_ fault: NodeFault) { self = fault.isRefusal ? .unfit(fault.detail) : .unreachable(fault.detail) }
    }

    /// A list of those who wait.
    struct Waiting: Sendable, Hashable {
        /// How many they are.
        let count: Int
        /// Some of them, each of which is told from all others, and named.
        let some: [[UInt8]]

        /// So many are asked for.
        fileprivate static let most = 100
    }

    /// Whether the node would be counted if it granted the lock now.
    var hasVote: Bool {
        switch state {
        case .free, .held, .wrongType: quarantine == nil
        case .unreachable, .unfit: false
        }
    }

    /// More at once could exceed what a node is given at a time.
    static let mostAtOnce = 256

    /// Reads several locks from one node, by commands that change nothing, all written at once to the one connection.
    static func read(_ keys: [LockKey], from node: NodeClient, timeout: Duration) async throws(NodeFault) -> [LockReading] {
        let results = await withTaskGroup(of: (Int, Result<LockReading, NodeFault>).self) { group in
            for (index, key) in keys.enumerated() {
                group.addTask {
                    do throws(NodeFault) { return (index, .success(try await read(key, from: node, Nanoseconds(timeout)))) } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results = [Result<LockReading, NodeFault>?](repeating: nil, count: keys.count)
            for await (index, result) in group { results[index] = result }
            return results.compactMap(\.self)
        }
        return try results.map { result throws(NodeFault) in try result.get() }
    }

    private static func read(_ key: LockKey, from node: NodeClient, _ timeout: Nanoseconds) async throws(NodeFault) -> LockReading {
        async let value = Result.awaiting { () throws(NodeFault) in try await node.command(["GET", key.name], timeout: timeout) }
        async let ttl = Result.awaiting { () throws(NodeFault) in try await node.command(["PTTL", key.name], timeout: timeout) }
        async let type = Result.awaiting { () throws(NodeFault) in try await node.command(["TYPE", key.name], timeout: timeout) }
        async let fence = Result.awaiting { () throws(NodeFault) in try await node.command(["GET", key.fenceName], timeout: timeout) }
        async let count = Result.awaiting { () throws(NodeFault) in try await node.command(["ZCARD", key.waitingName], timeout: timeout) }
        async let some = Result.awaiting { () throws(NodeFault) in
            try await node.command(["ZRANGE", key.waitingName, "0", "\(Waiting.most - 1)"], timeout: timeout)
        }
        var reading = LockReading(
            value: try await value.get(), ttl: try await ttl.get(), type: try await type.get(), fence: try await fence.get())
        reading.waiting = Waiting(count: try await count.get(), some: try await some.get())
        return reading
    }

    /// What four replies say together. They are read one after the other: a key that expires in between is free.
    init(value: RESPValue, ttl: RESPValue, type: RESPValue, fence: RESPValue) {
        fencing = fence.text.flatMap { UInt64($0) }
        switch (value, ttl) {
        case (.null, _), (_, .integer(-2)): state = .free
        case (.bulk(let token), .integer(let left)): state = .held(token: token, ttl: left < 0 ? nil : .milliseconds(left))
        case (.error(let text), _) where text.hasPrefix("WRONGTYPE"): state = .wrongType(type.text.map(NodeFault.safe) ?? "unknown")
        case (.error(let text), _), (_, .error(let text)): state = State(NodeFault(errorReply: text))
        default: state = .unfit("answers otherwise than Redis does")
        }
    }

    /// A reading as it stands.
    init(_ state: State, fencing: UInt64? = nil, quarantine: Duration? = nil) {
        self.state = state
        self.fencing = fencing
        self.quarantine = quarantine
    }
}

extension LockReading.Waiting {
    /// Nil if the node refuses to say, which is no reason not to look at the lock.
    fileprivate init?(count: RESPValue, some: RESPValue) {
        guard case .integer(let count) = count, case .array(let members) = some else { return nil }
        self.init(count: Int(count), some: members.compactMap { if case .bulk(let bytes) = $0 { bytes } else { nil } })
    }
}

extension Result where Failure == NodeFault {
    /// The outcome of something that may fail: `async let` forgets what it throws.
    fileprivate static func awaiting(_ body: () async throws(NodeFault) -> Success) async -> Result {
        do throws(NodeFault) { return .success(try await body()) } catch { return .failure(error) }
    }
}
