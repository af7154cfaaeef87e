import NIOPosix
import RedlockCore
import RedlockNode

/// The shop's database: a Redis of its own, which has nothing to do with the lock's nodes.
///
/// Real services would use a Redis client here; this one makes do with the connection that the library has anyway.
struct Shop: Sendable {
    private let redis: NodeClient

    init(connectingTo url: String) async throws {
        redis = try NodeClient(NodeEndpoint(url), on: MultiThreadedEventLoopGroup.singleton.next())
        redis.start()
        do {
            try await redis.waitUntilUp()
        } catch {
            throw DemoFailure("the shop's database \(redis.endpoint) \(error)")
        }
    }

    func close() { redis.close() }

    // MARK: For buyers

    func stock(fencingToken: UInt64?) async throws -> Int {
        try await integer(run(["GET", Key.stock], fencingToken: fencingToken))
    }

    /// Writes what the buyer found minus one, whatever is there by now: the mistake that a lock must prevent.
    func sell(to buyer: String, leaving rest: Int, fencingToken: UInt64?) async throws {
        try await run(["SET", Key.stock, "\(rest)"], fencingToken: fencingToken)
        try await run(["RPUSH", Key.sold, buyer])
    }

    func noteTurnedAway(_ buyer: String) async throws { try await run(["RPUSH", Key.turnedAway, buyer]) }
    func noteFailure(_ text: String) async throws { try await run(["RPUSH", Key.failed, text]) }
    func noteWait(_ wait: Duration) async throws { try await run(["RPUSH", Key.waits, "\(wait / .milliseconds(1))"]) }

    /// Runs any command, if the fencing token is not smaller than the largest the shop has seen.
    ///
    /// Reads are guarded too: from the moment the next holder has looked at the stock, nobody before it can write.
    private static let guardedCommand = """
        local largest = tonumber(redis.call('GET', KEYS[1]) or '0')
        if tonumber(ARGV[1]) < largest then return redis.error_reply('STALE the lock has passed on to somebody else') end
        redis.call('SET', KEYS[1], ARGV[1])
        return redis.call(unpack(ARGV, 2))
        """

    @discardableResult
    private func run(_ command: [String], fencingToken: UInt64? = nil) async throws -> RESPValue {
        let guarded = fencingToken.map { ["EVAL", Self.guardedCommand, "1", Key.largestToken, "\($0)"] + command } ?? command
        do {
            let reply = try await redis.command(guarded, timeout: .seconds(10))
            if case .error(let text) = reply { throw DemoFailure("the shop's database says \(text)") }
            return reply
        } catch let fault as NodeFault {
            throw DemoFailure("the shop's database \(fault)")
        }
    }

    private func integer(_ reply: RESPValue) throws -> Int {
        if case .integer(let number) = reply { return Int(number) }
        guard let number = reply.text.flatMap({ Int($0) }) else { throw DemoFailure("the shop's database has \(reply) for a number") }
        return number
    }

    // MARK: For the opening

    /// Puts tickets on sale and forgets all earlier sales. The door stays shut.
    func prepare(tickets: Int) async throws {
        try await run(["DEL"] + Key.all)
        try await run(["SET", Key.stock, "\(tickets)"])
    }

    func noteProcessReady() async throws { try await run(["RPUSH", Key.ready, "1"]) }
    var processesReady: Int { get async throws { try await count(Key.ready) } }
    func open() async throws { try await run(["SET", Key.open, "1"]) }

    /// Returns when the door opens.
    func waitUntilOpen() async throws {
        while try await run(["GET", Key.open]) == .null { try await Task.sleep(for: .milliseconds(5)) }
    }

    // MARK: For the conductor

    /// What has become of the buyers so far.
    struct Tally: Hashable, Sendable {
        var sold = 0
        var turnedAway = 0
        var failed = 0
        var served: Int { sold + turnedAway + failed }
    }

    func tally() async throws -> Tally {
        try await Tally(sold: count(Key.sold), turnedAway: count(Key.turnedAway), failed: count(Key.failed))
    }

    func failures() async throws -> [String] { try await list(Key.failed) }
    /// In milliseconds.
    func waits() async throws -> [Double] { try await list(Key.waits).compactMap { Double($0) } }

    private func count(_ key: String) async throws -> Int { try await integer(run(["LLEN", key])) }

    private func list(_ key: String) async throws -> [String] {
        guard case .array(let entries) = try await run(["LRANGE", key, "0", "-1"]) else { return [] }
        return entries.compactMap(\.text)
    }

    private enum Key {
        static let stock = "shop:stock"
        static let sold = "shop:sold"
        static let turnedAway = "shop:turned-away"
        static let failed = "shop:failed"
        static let waits = "shop:waits"
        static let ready = "shop:ready"
        static let open = "shop:open"
        static let largestToken = "shop:largest-token"
        static let all = [stock, sold, turnedAway, failed, waits, ready, open, largestToken]
    }
}
