import Redlock
import RedlockNode

/// One way of locking, as one client follows it over a connection of its own.
///
/// Each recipe is what people are taught, no better and no worse; its comment says where it breaks. Where a tutorial counts
/// in seconds (EXPIRE, EX), milliseconds are used here, so that the runs are short.
protocol LockRecipe: Sendable {
    /// What it is called on the command line.
    static var name: String { get }
    /// What a client does, in one line.
    static var summary: String { get }
    /// What it runs on.
    static var deployment: Deployment { get }
    /// What is known to come of it, for every fault that means anything to it.
    static var expected: [BaselineFault: BaselineVerdict] { get }
    /// Whether the two steps between which a client can be caught are both of its release.
    static var releasesInTwoSteps: Bool { get }

    init(connectingTo urls: [String], conduct: Conduct) async throws

    /// Tries once; nil if somebody else has the lock.
    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold?
    /// Tries until it has the lock; nil if that takes longer than `waiting`.
    func acquire(_ key: String, ttl: Duration, waiting: Duration) async throws -> Hold?
    /// Ends its connections and undoes nothing: for the servers it is dead.
    func close() async
}

extension LockRecipe {
    static var releasesInTwoSteps: Bool { false }

    func acquire(_ key: String, ttl: Duration, waiting: Duration) async throws -> Hold? {
        let deadline = ContinuousClock.now + waiting
        repeat {
            if let hold = try await tryAcquire(key, ttl: ttl) { return hold }
            try await Task.sleep(for: .milliseconds(.random(in: 1...10)))
        } while ContinuousClock.now < deadline
        return nil
    }
}

/// What a client has that was told it holds the lock.
struct Hold: Sendable {
    /// To be sent along with every write, where the recipe has one.
    var fencingToken: UInt64?
    /// Whether the recipe itself still says that the lock is held; those that cannot tell say yes.
    var isValid: @Sendable () -> Bool = { true }
    /// The recipe's release.
    let release: @Sendable () async throws -> Void
}

/// What a client does beyond its recipe.
struct Conduct: Sendable {
    /// Called between the recipe's two steps: of its acquire, or of its release, or else between the two.
    var betweenSteps: @Sendable () async throws -> Void = {}
    /// Whether its process stands still while it has the lock, so that nothing extends it.
    var standsStill = false
}

extension Error {
    /// Whether a client was told that too few servers answered, or too late to be of use: it may try again.
    var meansNoAnswer: Bool {
        if let error = self as? RedlockError { return error.code == .unreachable || error.code == .expired }
        return self is NodeFault
    }
}

/// The servers a recipe needs.
enum Deployment: String, Sendable {
    case nothing, one, oneWithReplica, five

    /// A ttl that does not end while a story is told, or one that is kept up by extending.
    var longTTL: Duration { self == .five ? RedlockRecipe.maxTTL : .seconds(30) }
}

/// All recipes, in the order in which they are taught.
enum Recipes {
    static let all: [any LockRecipe.Type] = [
        NoLock.self, Incr.self, SetnxExpire.self, SetnxExpireRepair.self, SetNXDel.self, GetThenDel.self, WatchMulti.self, SetNXLua.self,
        SetNXLuaFailover.self, RedlockRecipe.self,
    ]
}
