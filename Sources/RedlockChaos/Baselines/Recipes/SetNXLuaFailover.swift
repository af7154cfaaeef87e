/// The same on a primary whose replica is promoted when it dies, so that locking goes on.
///
/// Breaks when the primary dies before the replica has the lock, for replication is asynchronous: the promoted replica gives
/// the lock away a second time. And when work outlives the ttl, as before.
struct SetNXLuaFailover: SingleInstanceRecipe {
    static let name = "set-nx-lua-failover"
    static let summary = "the same, with a replica that is promoted when the primary dies"
    static let deployment = Deployment.oneWithReplica
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .oversold, .buyers: .held, .instanceDies: .held, .failsOver: .oversold,
    ]

    private let recipe: SetNXLua
    var redis: RecipeConnection { recipe.redis }

    init(_ redis: RecipeConnection) { recipe = SetNXLua(redis) }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? { try await recipe.tryAcquire(key, ttl: ttl) }
}
