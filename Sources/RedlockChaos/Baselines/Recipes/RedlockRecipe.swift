import Logging
import Redlock

/// This library: a majority of five instances, a lease that extends itself, quarantine, and a fencing token.
///
/// Not broken by any of the faults here. What it does not survive stands in the Guarantees article: above all the promotion of
/// replicas that lack the lock on so many nodes that those which still have it are no majority.
struct RedlockRecipe: LockRecipe {
    static let name = "redlock"
    static let summary = "this library: a majority of five, extending leases, quarantine, fencing tokens"
    static let deployment = Deployment.five
    static let expected = Dictionary(uniqueKeysWithValues: BaselineFault.allCases.map { ($0, BaselineVerdict.held) })

    /// Small, since that is how long a server that was just started may not vote.
    static let maxTTL = Duration.milliseconds(900)

    private let redlock: Redlock
    private let conduct: Conduct

    init(connectingTo urls: [String], conduct: Conduct) async throws {
        var configuration = RedlockConfiguration(nodes: urls)
        configuration.maxTTL = Self.maxTTL
        // What it warns about, servers without a file and with replicas, is what is tried here.
        redlock = try Redlock(configuration: configuration, logger: Logger(label: "baseline", factory: { _ in SwiftLogNoOpLogHandler() }))
        self.conduct = conduct
    }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        try await redlock.tryAcquire(key, ttl: ttl, options: options).map(hold)
    }

    func acquire(_ key: String, ttl: Duration, waiting: Duration) async throws -> Hold? {
        do {
            return hold(try await redlock.acquire(key, ttl: ttl, waiting: waiting, options: options))
        } catch  where error.code == .contended {
            return nil
        }
    }

    func close() async { await redlock.shutdown() }

    /// Those of `withLock`, unless the process does not run.
    private var options: LeaseOptions { conduct.standsStill ? .manual : .extending }

    private func hold(_ lease: Lease) -> Hold {
        Hold(fencingToken: lease.fencingToken, isValid: { lease.isValid }) {
            try await conduct.betweenSteps()
            await lease.release()
        }
    }
}
