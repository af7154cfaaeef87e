public import Logging
import NIOCore
import NIOPosix
import RedlockCore
import RedlockNode

/// A client for distributed locks over N independent Redis or Valkey nodes.
///
/// A lock is held when more than half of the nodes hold its key with our random value, and for as long as the ttl less
/// the time that took and less clock drift. See <doc:Guarantees> for what that promises and what it does not.
///
/// ```swift
/// let redlock = try Redlock(nodes: ["redis://10.0.0.1:6379", "redis://10.0.0.2:6379", "redis://10.0.0.3:6379"])
/// let total = try await redlock.withLock("orders/42", ttl: .seconds(10)) { lease in
///     try await charge(order: 42, fencingToken: lease.fencingToken)
/// }
/// await redlock.shutdown()
/// ```
///
/// Connections are made in the background and made again for ever: a node that is down at the start joins when it comes
/// back. Keep the client for as long as there are leases. Safe to use from any number of tasks.
public final class Redlock: Sendable {
    private let lanes: [Lane]
    private let configuration: ValidatedConfiguration

    /// Makes a client and begins to connect; it does not wait for the nodes.
    ///
    /// - Parameters:
    ///   - configuration: the nodes and everything that has a default.
    ///   - logger: gets node changes at debug, and a warning for a lease that was dropped without a release.
    /// - Throws: `invalidConfiguration`, with what to change.
    public init(configuration: RedlockConfiguration, logger: Logger = Logger(label: "redlock")) throws(RedlockError) {
        let validated = try ValidatedConfiguration(configuration)
        var lanes: [Lane] = []
        for _ in 0..<validated.lanes {
            lanes.append(try Lane(validated, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger))
        }
        self.configuration = validated
        self.lanes = lanes
        for lane in lanes { lane.connect() }
    }

    /// Makes a client for these nodes with the default configuration; see ``RedlockConfiguration/nodes`` for their form.
    ///
    /// - Throws: `invalidConfiguration`, with what to change.
    public convenience init(nodes: [String]) throws(RedlockError) {
        try self.init(configuration: RedlockConfiguration(nodes: nodes))
    }

    /// Where to run tasks that do little else than acquire and release: on the client's own thread, without a hop between
    /// the two, by `withTaskExecutorPreference(redlock.executor)`.
    ///
    /// What runs there must not block: nothing of the client happens meanwhile, no lease is extended and no loss is told.
    /// With several lanes it is the first one's.
    public var executor: any TaskExecutor { lanes[0].executor }

    /// What this client has done so far.
    public var statistics: RedlockStatistics {
        var sum = RedlockStatistics()
        for lane in lanes { lane.statistics.add(to: &sum) }
        return sum
    }

    deinit {
        for lane in lanes { lane.submit(.shutDown(nil)) }
    }

    /// Waits for a lock and takes it.
    ///
    /// **Guaranteed:** when it returns, the lock is held and some of its validity is left, perhaps not much: look at
    /// ``Lease/remainingValidity``. When it throws, the lock is not held, and whatever had been set is being undone, also
    /// on nodes that did not answer. **Not guaranteed:** an order among those who wait.
    ///
    /// - Parameters:
    ///   - resource: the name of what is locked: 1 to 65,536 bytes of UTF-8, prefix included.
    ///   - ttl: for how long the nodes keep the lock if nobody extends or releases it: 10 ms to `maxTTL`, in whole
    ///     milliseconds.
    ///   - waiting: how long to wait while it is taken or the nodes are down; nil means as configured. The first attempt
    ///     always gets its full time, so with `.zero` there is exactly one.
    ///   - options: how the lease is kept; by default the caller extends it.
    /// - Throws: `contended` (worth retrying), `unreachable` (worth retrying once the nodes are back), `expired` (ask for a
    ///   longer ttl), `cancelled` if the task was, `shutDown`, `invalidConfiguration`.
    public func acquire(
        _ resource: String, ttl: Duration, waiting: Duration? = nil, options: LeaseOptions = .manual
    ) async throws(RedlockError) -> Lease {
        try refuseNesting(resource)
        let startedAt = BootClock.now()
        let giveUpAt = startedAt + (try configuration.waiting(waiting))
        return try await acquire(resource, ttl, giveUpAt: giveUpAt, options, startedAt: startedAt)
    }

    /// Tries once to take a lock, without waiting for it.
    ///
    /// One round to all nodes, bounded by the attempt timeout; it never sleeps. The guarantees are those of
    /// ``acquire(_:ttl:waiting:options:)``.
    ///
    /// - Returns: the lease, or nil if somebody else holds the lock or took votes at the same moment.
    /// - Throws: as `acquire`, but never `contended`.
    public func tryAcquire(_ resource: String, ttl: Duration, options: LeaseOptions = .manual) async throws(RedlockError) -> Lease? {
        do {
            return try await acquire(resource, ttl, giveUpAt: nil, options, startedAt: BootClock.now())
        } catch  where error.code == .contended {
            return nil
        }
    }

    private func acquire(
        _ resource: String, _ ttl: Duration, giveUpAt: Instant?, _ options: LeaseOptions, startedAt: Instant
    ) async throws(RedlockError) -> Lease {
        let terms = try configuration.terms(ttl: ttl, giveUpAt: giveUpAt, options: options)
        let key = try configuration.key(resource)
        let record = LeaseRecord(resource: resource, key: key, lane: lane(of: key), terms: terms, startedAt: startedAt)
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                record.lane.submit(.acquire(record, continuation))
            }
        } onCancel: {
            record.lane.submit(.cancel(record))
        }
        return try result.get()
    }

    private func lane(of key: LockKey) -> Lane {
        lanes.count == 1 ? lanes[0] : lanes[Int(UInt(bitPattern: key.name.hashValue) % UInt(lanes.count))]
    }

    /// Ends the client: refuses new requests, ends all waiting with `shutDown`, tells the holders of leases to stop, waits
    /// until releases under way are answered, at most for the attempt timeout, and closes the connections.
    ///
    /// Leases that are still held are not deleted from the nodes: they end with their validity, so that a holder who is
    /// still at work stays protected. May be called more than once.
    public func shutdown() async {
        for lane in lanes {
            await withUnsafeContinuation { lane.submit(.shutDown($0)) }
        }
    }
}
