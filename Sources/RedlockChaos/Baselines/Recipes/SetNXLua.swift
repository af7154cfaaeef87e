import RedlockNode

/// SET NX PX with a token, which a script compares and deletes in one step: the best that one instance can do.
///
/// Deletes nobody else's lock. Breaks when work outlives the ttl, as nothing extends the lock and nothing stops the late
/// write; and nobody can lock while the one instance is down.
struct SetNXLua: SingleInstanceRecipe {
    static let name = "set-nx-lua"
    static let summary = "SET NX EX with a token; compare and DEL in a script"
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .oversold, .buyers: .held, .instanceDies: .unavailable,
    ]

    private static let compareAndDelete =
        "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) else return 0 end"

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        let token = Self.freshToken()
        guard try await redis.run("SET", key, token, "NX", "PX", "\(ttl.wholeMilliseconds)") == .status("OK") else { return nil }
        return Hold {
            try await redis.betweenSteps()
            try await redis.run("EVAL", Self.compareAndDelete, "1", key, token)
        }
    }
}
