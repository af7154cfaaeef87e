import RedlockNode

/// SETNX, then EXPIRE in a command of its own.
///
/// Breaks as INCR does: dead between the two commands it leaves a lock for ever, and its DEL asks nobody whose lock it is.
struct SetnxExpire: SingleInstanceRecipe {
    static let name = "setnx-expire"
    static let summary = "SETNX, then EXPIRE; DEL"
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .deadlocked, .outlives: .stole, .buyers: .held, .instanceDies: .unavailable,
    ]

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        guard try await redis.run("SETNX", key, "locked") == .integer(1) else { return nil }
        try await redis.betweenSteps()
        try await redis.run("PEXPIRE", key, "\(ttl.wholeMilliseconds)")
        return Hold { try await redis.run("DEL", key) }
    }
}
