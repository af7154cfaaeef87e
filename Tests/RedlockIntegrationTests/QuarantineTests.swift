import Redlock
import RedlockServers
import Testing

/// A node that forgot its locks cannot vote (PROTOCOL section 5).
@Suite(.timeLimit(.minutes(2))) struct QuarantineTests {
    /// Holds on a bare majority, wipes one of the holders, and lets another client try.
    private func anotherGetsIt(quarantine: Bool) async throws -> Bool {
        try await withRedisFleet(3) { fleet in
            let configure: (inout RedlockConfiguration) -> Void = {
                $0.quarantinesRestartedNodes = quarantine
                $0.maxTTL = .seconds(3)
            }
            return try await withRedlock(fleet.urls, configure) { mine in
                await fleet.servers[2].kill()
                let lease = try await mine.acquire("r", ttl: .seconds(3), waiting: .seconds(30), options: .extending)
                try await fleet.servers[2].restart()
                try await fleet.servers[1].wipe()
                return try await withRedlock(fleet.urls, configure) { theirs in
                    let second = try? await theirs.acquire("r", ttl: .seconds(1), waiting: .seconds(1))
                    let both = second != nil && lease.isValid
                    await second?.release()
                    await lease.release()
                    return both
                }
            }
        }
    }

    @Test func `a wiped holder gives the lock to nobody else`() async throws {
        #expect(try await anotherGetsIt(quarantine: true) == false)
    }

    /// Proves the test above: without quarantine the same story ends with two holders.
    @Test func `without quarantine it does`() async throws {
        #expect(try await anotherGetsIt(quarantine: false) == true)
    }

    @Test func `the error names the nodes and the seconds left`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.quarantinesRestartedNodes = true }) { redlock in
                let error = await #expect(throws: RedlockError.self) { try await redlock.tryAcquire("r", ttl: .seconds(5)) }
                #expect(error?.code == .unreachable)
                #expect(error?.nodes.allSatisfy { $0.outcome == .failed || $0.outcome == .unknown } == true)
                let text = try #require(error?.description)
                #expect(text.contains("quarantined") && text.contains("s left"))
                try await eventually("the keys set in vain are taken back") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `a majority that is wiped at once gives the lock to nobody before the holder's lease is over`() async throws {
        try await withRedisFleet(5) { fleet in
            let configure: (inout RedlockConfiguration) -> Void = { $0.maxTTL = .seconds(3) }
            try await withRedlock(
                fleet.urls,
                {
                    configure(&$0); $0.quarantinesRestartedNodes = true
                }
            ) { mine in
                try await withRedlock(
                    fleet.urls,
                    {
                        configure(&$0); $0.quarantinesRestartedNodes = true
                    }
                ) { theirs in
                    let lease = try await mine.acquire("r", ttl: .seconds(3), waiting: .seconds(30), options: .extending)
                    for index in 0..<3 { try await fleet.servers[index].wipe() }
                    // The holder can neither extend nor be overtaken: it is told to stop, and only later somebody gets in.
                    let loss = Task { (await lease.loss, lease.isValid) }
                    let next = try await theirs.acquire("r", ttl: .seconds(1), waiting: .seconds(60))
                    #expect(!lease.isValid)
                    #expect(next.fencingToken > lease.fencingToken)
                    #expect(await loss.value.0 == .unreachable)
                    await next.release()
                }
            }
        }
    }
}
