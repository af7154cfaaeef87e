import RedlockNode

/// SETNX, then EXPIRE; whoever waits looks at the ttl every millisecond and sets it if it is missing.
///
/// The repair heals the death between the two commands, as long as somebody waits. It does not help when work outlives the
/// ttl: the late DEL deletes the next holder's lock. The waiting costs two commands a millisecond for each who waits, and the
/// last one to get in is not the last one that came.
struct SetnxExpireRepair: SingleInstanceRecipe {
    static let name = "setnx-expire-repair"
    static let summary = "SETNX, then EXPIRE, which who waits makes up for; DEL"
    static let expected: [BaselineFault: BaselineVerdict] = [
        .clientDies: .held, .outlives: .stole, .buyers: .held, .instanceDies: .unavailable,
    ]

    private static let acquireTimeout = Duration.milliseconds(100)

    let redis: RecipeConnection

    init(_ redis: RecipeConnection) { self.redis = redis }

    func tryAcquire(_ key: String, ttl: Duration) async throws -> Hold? {
        let deadline = ContinuousClock.now + Self.acquireTimeout
        repeat {
            if try await redis.run("SETNX", key, "locked") == .integer(1) {
                try await redis.betweenSteps()
                try await redis.run("PEXPIRE", key, "\(ttl.wholeMilliseconds)")
                return Hold { try await redis.run("DEL", key) }
            }
            if try await redis.run("PTTL", key) == .integer(-1) { try await redis.run("PEXPIRE", key, "\(ttl.wholeMilliseconds)") }
            try await Task.sleep(for: .milliseconds(1))
        } while ContinuousClock.now < deadline
        return nil
    }
}
