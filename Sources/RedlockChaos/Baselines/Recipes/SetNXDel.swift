import RedlockNode

/// SET NX PX in one command, and a plain DEL.
///
/// Dying is harmless now. Breaks when work outlives the ttl: somebody else has the lock by then, and DEL deletes it, so that a
/// third comes in beside the second.
struct SetNXDel: SingleInstanceRecipe {
    static let name = "set-nx-del"
    static let summary = "SET NX EX; DEL"
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .stole, .buyers: .held, .instanceDies: .unavailable,
    ]

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        guard try await redis.run("SET", key, "locked", "NX", "PX", "\(ttl.wholeMilliseconds)") == .status("OK") else { return nil }
        return Hold {
            try await redis.betweenSteps()
            try await redis.run("DEL", key)
        }
    }
}
