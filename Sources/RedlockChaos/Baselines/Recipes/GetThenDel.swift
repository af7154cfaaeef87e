import RedlockNode

/// SET NX PX with a token; GET to compare it, then DEL.
///
/// Breaks when the ttl ends between GET and DEL: what was compared is not what is deleted.
struct GetThenDel: SingleInstanceRecipe {
    static let name = "get-then-del"
    static let summary = "SET NX EX with a token; GET and compare, then DEL"
    static let releasesInTwoSteps = true
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .stole, .buyers: .held, .instanceDies: .unavailable,
    ]

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        let token = Self.freshToken()
        guard try await redis.run("SET", key, token, "NX", "PX", "\(ttl.wholeMilliseconds)") == .status("OK") else { return nil }
        return Hold {
            guard try await redis.run("GET", key).text == token else { return }
            try await redis.betweenSteps()
            try await redis.run("DEL", key)
        }
    }
}
