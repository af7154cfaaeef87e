import Foundation
import NIOPosix
import RedlockCore
import RedlockNode

/// Looks at all nodes, again and again, over connections that stay.
actor WatchSampler {
    private let clients: [NodeClient]
    private let names: [String]
    private let timeout: Nanoseconds
    private let limit: Int
    private var scans: [KeyWalk]
    private var wasAtEnd: [Bool]
    /// Until when a lock is looked at though nobody holds it: one that is taken and released all the time is not always found.
    private var tracked: [WatchKey: Instant] = [:]
    private let begunAt = BootClock.now()

    private static let callsPerLook = 20
    private static let locksPerCall = 100
    private static let memory = Nanoseconds.seconds(10)

    /// Begins to connect.
    ///
    /// - Parameters:
    ///   - timeout: for each of the two questions that a look consists of.
    ///   - limit: the most locks to look at.
    init(
        _ endpoints: [NodeEndpoint], prefix: String, pattern: String, timeout: Duration, quarantine: Nanoseconds?, limit: Int
    ) throws(CommandFailure) {
        var options = NodeClientOptions()
        options.connectTimeout = Nanoseconds(timeout)
        options.clientName = "redlock-watch"
        options.quarantine = quarantine
        var clients: [NodeClient] = []
        for (index, endpoint) in endpoints.enumerated() {
            do {
                clients.append(
                    try NodeClient(endpoint, id: NodeID(index), options: options, on: MultiThreadedEventLoopGroup.singleton.next()))
            } catch {
                throw CommandFailure(ExitStatus.usage, "node \(index + 1) (\(endpoint)) \(error.detail)")
            }
        }
        self.clients = clients
        names = endpoints.map(\.description)
        self.timeout = Nanoseconds(timeout)
        self.limit = limit
        scans = clients.map { _ in KeyWalk(prefix: prefix, pattern: pattern) }
        wasAtEnd = clients.map { _ in false }
        for client in clients { client.start() }
    }

    /// Waits until each node is connected or has failed to.
    func connect() async {
        await withTaskGroup { group in
            for client in clients {
                group.addTask { try? await client.waitUntilUp() }
            }
        }
    }

    /// Closes the connections.
    func close() { for client in clients { client.close() } }

    /// Looks once at all nodes at once: how they are and which locks there are, then at what each has of all those locks.
    func look() async -> WatchSample {
        let seen = await all(clients.indices) { [timeout, scans] client, index throws(NodeFault) in
            try await Self.greet(client, scans[index], timeout)
        }
        let refusals = NodeStanding.refusals(seen.map { try? $0.get().standing }, named: names)
        let isTruncated = track(seen, refusals)
        let keys = Array(tracked.keys)
        let asked = clients.indices.filter { index in
            guard refusals[index] == nil, case .success(let node) = seen[index] else { return false }
            return node.denial == nil
        }
        let answers = await all(asked) { [timeout] client, _ throws(NodeFault) in try await Self.read(keys, from: client, timeout) }
        let readings = Dictionary(uniqueKeysWithValues: zip(asked, answers))

        var nodes: [Result<WatchSample.Node, NodeFault>] = []
        for (index, result) in seen.enumerated() {
            nodes.append(
                result.map {
                    WatchSample.Node(
                        roundTripMicroseconds: $0.roundTrip.count / 1000, quarantine: $0.standing.quarantine,
                        refusal: refusals[index]?.detail, isUnseen: $0.denial != nil || readings[index]?.isDenied ?? false)
                })
        }
        var locks: [WatchKey: [LockReading]] = [:]
        for (position, key) in keys.enumerated() {
            let all = clients.indices.map { index -> LockReading in
                if let refusal = refusals[index] { return LockReading(.init(refusal)) }
                switch (seen[index], readings[index]) {
                case (.failure(let fault), _), (_, .failure(let fault)?): return LockReading(.init(fault))
                case (.success(let node), .success(let read)?):
                    var reading = read[position]
                    reading.quarantine = node.standing.quarantine
                    return reading
                case (.success(let node), nil): return LockReading(node.denial.map { .init($0) } ?? .unreachable("was not asked"))
                }
            }
            if isLock(key, all) { locks[key] = all }
        }
        let now = BootClock.now()
        let isComplete = zip(wasAtEnd, seen).allSatisfy { atEnd, node in atEnd || (try? node.get()) == nil }
        return WatchSample(
            date: Date(), elapsed: (now - begunAt).duration, nodes: nodes, locks: locks, isComplete: isComplete, isTruncated: isTruncated)
    }

    // MARK: One node

    private struct Greeting: Sendable {
        let standing: NodeStanding
        let roundTrip: Nanoseconds
        let scan: KeyWalk
        var keys: [[UInt8]] = []
        var isAtEnd = true
        /// Why its keys cannot be seen though it votes.
        var denial: NodeFault?
    }

    private static func greet(_ client: NodeClient, _ scan: KeyWalk, _ timeout: Nanoseconds) async throws(NodeFault) -> Greeting {
        let sent = BootClock.now()
        let reply = try await client.command(["INFO", "replication"], timeout: timeout)
        if case .error(let text) = reply { throw NodeFault(errorReply: text) }
        let roundTrip = BootClock.now() - sent
        // The rest is from when the connection was made; a master can become a replica without breaking it.
        let introduced = try await NodeStanding.read(from: client)
        var identity = introduced.identity
        identity.role = ServerInfo(reply.text ?? "")["role"] ?? identity.role
        let standing = NodeStanding(identity: identity, quarantine: introduced.quarantine)
        guard Preflight.refusal(of: standing.identity) == nil else {
            return Greeting(standing: standing, roundTrip: roundTrip, scan: scan)
        }
        var scan = scan
        let left = max(timeout - roundTrip, Nanoseconds(timeout.count / 10))
        do throws(NodeFault) {
            let (keys, isAtEnd) = try await scan.next(
                of: client, calls: callsPerLook, until: sent + Nanoseconds(timeout.count / 2), timeout: left)
            return Greeting(standing: standing, roundTrip: roundTrip, scan: scan, keys: keys, isAtEnd: isAtEnd)
        } catch {
            // No lock needs SCAN: the node votes all the same.
            guard error.kind == .denied else { throw error }
            return Greeting(standing: standing, roundTrip: roundTrip, scan: scan, denial: error)
        }
    }

    private static func read(_ keys: [WatchKey], from client: NodeClient, _ timeout: Nanoseconds) async throws(NodeFault) -> [LockReading] {
        var readings: [LockReading] = []
        let deadline = BootClock.now() + timeout
        while readings.count < keys.count {
            let next = keys[readings.count..<min(readings.count + locksPerCall, keys.count)]
            let names = next.flatMap { [$0.bytes, $0.fence] }
            let left = max(deadline - BootClock.now(), Nanoseconds(1_000_000))
            let head = ["EVAL", LockScripts.lookSource, "\(names.count)"].map { Array($0.utf8) }
            switch try await client.command(bytes: head + names, timeout: left) {
            case .array(let values) where values.count == next.count * 3:
                for start in stride(from: 0, to: values.count, by: 3) {
                    readings.append(reading(values[start], values[start + 1], values[start + 2]))
                }
            case .error(let text): throw NodeFault(errorReply: text)
            default: throw NodeFault(.protocolViolation, "answers a script otherwise than Redis does")
            }
        }
        return readings
    }

    private static func reading(_ ttl: RESPValue, _ value: RESPValue, _ fence: RESPValue) -> LockReading {
        if ttl == .integer(-3) { return LockReading(.wrongType("another type")) }
        return LockReading(value: value, ttl: ttl, type: .status("string"), fence: fence)
    }

    private func all<Value: Sendable>(
        _ indices: some Sequence<Int>, _ body: @escaping @Sendable (NodeClient, Int) async throws(NodeFault) -> Value
    ) async -> [Result<Value, NodeFault>] {
        let indices = Array(indices)
        return await withTaskGroup(of: (Int, Result<Value, NodeFault>).self) { group in
            for (position, index) in indices.enumerated() {
                let client = clients[index]
                group.addTask {
                    do throws(NodeFault) { return (position, .success(try await body(client, index))) } catch {
                        return (position, .failure(error))
                    }
                }
            }
            var results = [Result<Value, NodeFault>](repeating: .failure(NodeFault(.notConnected, "was not asked")), count: indices.count)
            for await (position, result) in group { results[position] = result }
            return results
        }
    }

    // MARK: Locks

    /// Takes up the keys that were found. Returns whether there were more than are looked at.
    private func track(_ seen: [Result<Greeting, NodeFault>], _ refusals: [NodeFault?]) -> Bool {
        let now = BootClock.now()
        var isTruncated = false
        for (index, result) in seen.enumerated() {
            guard case .success(let node) = result else { continue }
            scans[index] = node.scan
            if node.isAtEnd { wasAtEnd[index] = true }
            guard refusals[index] == nil else { continue }
            for bytes in node.keys {
                let key = WatchKey(bytes: bytes)
                if tracked[key] == nil && tracked.count >= limit { isTruncated = true } else { tracked[key] = now + Self.memory }
            }
        }
        tracked = tracked.filter { $0.value > now }
        return isTruncated
    }

    /// Whether a lock could look like this; forgets a key that is none: it has no ttl, or a value that no token is.
    private func isLock(_ key: WatchKey, _ readings: [LockReading]) -> Bool {
        var isForeign = false
        for reading in readings {
            switch reading.state {
            case .held(let token, let ttl): if ttl == nil || token.count >= 256 { isForeign = true }
            case .wrongType: isForeign = true
            case .free, .unreachable, .unfit: break
            }
        }
        let isHeld = readings.contains { if case .held = $0.state { true } else { false } }
        if isForeign { tracked[key] = nil } else if isHeld { tracked[key] = BootClock.now() + Self.memory }
        return !isForeign
    }
}

extension Result where Failure == NodeFault {
    /// Whether it failed for want of rights.
    fileprivate var isDenied: Bool { if case .failure(let fault) = self { fault.kind == .denied } else { false } }
}
