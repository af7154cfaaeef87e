import Synchronization

/// A write was refused because a later holder has written already.
///
/// Stop: the lease that the token belongs to is over, whatever this process believes.
public struct StaleFencingToken: Error, Sendable, Hashable, CustomStringConvertible {
    /// The resource that was to be written.
    public let resource: String
    /// The token that came with the write; 0 means that there was none.
    public let token: UInt64
    /// The largest token the resource has seen, if it told.
    public let largest: UInt64?

    /// For guards of other resources, to report in the same way.
    public init(resource: String, token: UInt64, largest: UInt64?) {
        self.resource = resource
        self.token = token
        self.largest = largest
    }

    /// One line that says what happened and what to do.
    public var description: String {
        guard token > 0 else { return "the write to \"\(resource)\" came without a fencing token; lock with fencing on" }
        return
            "the write to \"\(resource)\" with fencing token \(token) is refused: \(largest.map { "\($0)" } ?? "a larger one") has been seen; the lock was lost"
    }
}

/// The resource's side of fencing: remembers the largest token for each resource and rejects smaller ones.
///
/// Redlock alone cannot stop a holder that was paused past its lease and then writes; the resource can, by looking at
/// ``Lease/fencingToken`` (PROTOCOL sections 7 and 15). This guard is for a resource that lives in one process; see
/// ``RedisFencingGuard`` for one in Redis, and <doc:Fencing> for the SQL statement.
///
/// ```swift
/// let guardian = FencingGuard()
/// try guardian.write("orders/42", fencingToken: lease.fencingToken) { file.append(line) }
/// ```
public final class FencingGuard: Sendable {
    private let largest = Mutex<[String: UInt64]>([:])

    /// A guard that has seen nothing yet. It forgets with the process, so the resource must live in it too.
    public init() {}

    /// Runs `effect` if no larger token than `token` has been seen for `resource`.
    ///
    /// The comparison and the effect are one step: no other write through this guard comes between them. A holder may write
    /// any number of times with its token.
    ///
    /// - Parameter effect: what to do; short, because it runs under a mutex.
    /// - Throws: ``StaleFencingToken`` if a later holder was here, or if `fencingToken` is 0; whatever `effect` throws.
    public func write<Result: Sendable>(
        _ resource: String, fencingToken token: UInt64, _ effect: () throws -> Result
    ) throws -> Result {
        try largest.withLock { largest in
            let seen = largest[resource] ?? 0
            guard token > 0, token >= seen else { throw StaleFencingToken(resource: resource, token: token, largest: seen) }
            largest[resource] = token
            return try effect()
        }
    }
}
