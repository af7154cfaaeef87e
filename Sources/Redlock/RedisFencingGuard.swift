import NIOPosix
import RedlockCore
import RedlockNode

/// Guards values in a Redis server against holders whose lock is over: a read or a write and the comparison of its fencing
/// token are one script on the server.
///
/// The server is the protected resource, not a lock node; it should be one that keeps its data (appendfsync always), for
/// a guard that forgets the largest token lets a stale one in.
///
/// ```swift
/// let shop = try await RedisFencingGuard("redis://shop.example:6379")
/// let stock = try await shop.get("stock", fencingToken: lease.fencingToken)
/// try await shop.set("stock", to: "41", fencingToken: lease.fencingToken)
/// ```
public final class RedisFencingGuard: Sendable {
    private let node: NodeClient

    /// KEYS: the value, its largest token. ARGV: token[, value]. Returns the value there is then, or {largest token} if ours
    /// is smaller.
    private static let script = """
        local largest = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
        local token = tonumber(ARGV[1])
        if token < largest then return {largest} end
        redis.call('SET', KEYS[2], string.format('%.0f', token))
        if ARGV[2] then redis.call('SET', KEYS[1], ARGV[2]) end
        return redis.call('GET', KEYS[1])
        """

    /// Connects to the server that keeps the values.
    ///
    /// - Throws: ``RedlockError`` with `invalidConfiguration` for a URL that is none, `unreachable` if there is no connection.
    public init(_ url: String) async throws(RedlockError) {
        do {
            node = try NodeClient(try NodeEndpoint(url), on: MultiThreadedEventLoopGroup.singleton.next())
        } catch {
            throw RedlockError(.invalidConfiguration, "the URL of the guarded server cannot be used: \(error)")
        }
        node.start()
        do {
            try await node.waitUntilUp()
        } catch {
            node.close()
            throw RedlockError(.unreachable, "the guarded server \(node.endpoint) \(error)")
        }
    }

    deinit { node.close() }

    /// Sets `key` to `value` unless a later holder has read or written it already.
    ///
    /// The largest token is kept beside it, under `KEY.fence`. A holder may write any number of times.
    ///
    /// - Throws: ``StaleFencingToken`` if a later holder was here, or if `fencingToken` is 0; ``RedlockError`` with
    ///   `unreachable` if the server did not answer within a second: the write may have been made or not.
    public func set(_ key: String, to value: String, fencingToken: UInt64) async throws {
        _ = try await run(key, value, fencingToken)
    }

    /// What is stored under `key`, nil if nothing is, unless a later holder has read or written it already.
    ///
    /// From here on no earlier holder can write. A holder that writes what follows from what it has read must read with
    /// its token: otherwise an earlier one may still write in between, and its change would be lost.
    ///
    /// - Throws: ``StaleFencingToken`` if a later holder was here, or if `fencingToken` is 0; ``RedlockError`` with
    ///   `unreachable` if the server did not answer within a second.
    public func get(_ key: String, fencingToken: UInt64) async throws -> String? {
        try await run(key, nil, fencingToken).text
    }

    private func run(_ key: String, _ value: String?, _ token: UInt64) async throws -> RESPValue {
        guard token > 0 else { throw StaleFencingToken(resource: key, token: 0, largest: nil) }
        let reply: RESPValue
        do {
            reply = try await node.command(["EVAL", Self.script, "2", key, "\(key).fence", "\(token)"] + (value.map { [$0] } ?? []))
        } catch {
            throw RedlockError(.unreachable, "the guarded server \(node.endpoint) \(error)", resource: key)
        }
        switch reply {
        case .bulk, .null:
            return reply
        case .array(let values):
            guard case .integer(let largest)? = values.first else { throw StaleFencingToken(resource: key, token: token, largest: nil) }
            throw StaleFencingToken(resource: key, token: token, largest: UInt64(clamping: largest))
        case .error(let text):
            throw RedlockError(.unreachable, "the guarded server \(node.endpoint) \(NodeFault(errorReply: text))", resource: key)
        case .status, .integer:
            throw RedlockError(.unreachable, "the guarded server \(node.endpoint) answered as no Redis does", resource: key)
        }
    }
}

extension RedisFencingGuard: CustomStringConvertible {
    /// The server's URL, without password and query.
    public var description: String { node.endpoint.description }
}
