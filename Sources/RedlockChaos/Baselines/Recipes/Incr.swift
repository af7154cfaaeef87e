import RedlockNode

/// INCR, and whoever gets 1 has the lock and gives it an expiry.
///
/// Breaks when the holder dies between INCR and EXPIRE: a counter without ttl, which nobody deletes, is a lock for ever. And
/// when work outlives the ttl: DEL deletes whatever is there, so the next holder's lock goes with it.
struct Incr: SingleInstanceRecipe {
    static let name = "incr"
    static let summary = "INCR = 1, then EXPIRE; DEL"
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .deadlocked, .outlives: .stole, .buyers: .held, .instanceDies: .unavailable,
    ]

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        guard try await redis.run("INCR", key) == .integer(1) else { return nil }
        try await redis.betweenSteps()
        try await redis.run("PEXPIRE", key, "\(ttl.wholeMilliseconds)")
        return Hold { try await redis.run("DEL", key) }
    }
}
