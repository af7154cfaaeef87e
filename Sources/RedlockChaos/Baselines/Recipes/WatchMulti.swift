import RedlockNode

/// SET NX PX with a token, which is compared under WATCH and deleted in MULTI/EXEC.
///
/// Deletes nobody else's lock, as long as no two clients share a connection: WATCH belongs to the connection, and the EXEC of
/// one ends the WATCH of the other. Breaks when work outlives the ttl, as nothing extends the lock and nothing stops the late
/// write; and with its one instance.
struct WatchMulti: SingleInstanceRecipe {
    static let name = "watch-multi"
    static let summary = "SET NX EX with a token; WATCH, GET and compare, MULTI, DEL, EXEC"
    static let releasesInTwoSteps = true
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .oversold, .buyers: .held, .instanceDies: .unavailable,
    ]

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        let token = Self.freshToken()
        guard try await redis.run("SET", key, token, "NX", "PX", "\(ttl.wholeMilliseconds)") == .status("OK") else { return nil }
        return Hold {
            try await redis.run("WATCH", key)
            guard try await redis.run("GET", key).text == token else {
                try await redis.run("UNWATCH")
                return
            }
            try await redis.betweenSteps()
            try await redis.run("MULTI")
            try await redis.run("DEL", key)
            // Null if the key was touched meanwhile: then it is not ours to delete.
            try await redis.run("EXEC")
        }
    }
}
