import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct AcquireTests {
    @Test func `what is written is what every Redlock library writes`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.fencing = false }) { redlock in
                let lease = try await redlock.acquire("orders/42 ✓", ttl: .seconds(30))
                #expect(lease.isValid && lease.fencingToken == 0)
                let value = try await fleet.servers[0].cli("GET", "orders/42 ✓")
                #expect(value.count == 32 && value.allSatisfy { "0123456789abcdef".contains($0) })
                for server in fleet.servers {
                    #expect(try await server.cli("GET", "orders/42 ✓") == value)
                    let left = try #require(Int(try await server.cli("PTTL", "orders/42 ✓")))
                    #expect(left > 0 && left <= 30_000)
                }
                await lease.release()
                #expect(!lease.isValid && lease.remainingValidity == .zero)
                try await eventually("the keys are deleted everywhere") { try await fleet.holders(of: "orders/42 ✓") == 0 }
            }
        }
    }

    @Test func `a key prefix stands before the resource`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.keyPrefix = "redlock:" }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(30))
                #expect(try await fleet.holders(of: "redlock:r") == 3)
                await lease.release()
            }
        }
    }

    @Test(arguments: [true, false]) func `a lock that is held is not given again`(fencing: Bool) async throws {
        try await withRedisFleet(5) { fleet in
            try await withRedlock(fleet.urls, { $0.fencing = fencing }) { mine in
                try await withRedlock(fleet.urls, { $0.fencing = fencing }) { theirs in
                    let lease = try await mine.acquire("r", ttl: .seconds(30))
                    #expect(try await theirs.tryAcquire("r", ttl: .seconds(30)) == nil)
                    let error = await #expect(throws: RedlockError.self) {
                        try await theirs.acquire("r", ttl: .seconds(30), waiting: .milliseconds(50))
                    }
                    #expect(error?.code == .contended)
                    #expect(error?.nodes.count == 5)
                    #expect((error?.nodes.count { $0.outcome == .refused } ?? 0) >= 3)
                    await lease.release()
                    let next = try #require(try await theirs.tryAcquire("r", ttl: .seconds(30)))
                    #expect(!fencing || next.fencingToken > lease.fencingToken)
                    await next.release()
                }
            }
        }
    }

    @Test func `somebody else's key of any type is a refusal and not an outage`() async throws {
        try await withRedisFleet(3) { fleet in
            for server in fleet.servers { _ = try await server.cli("HSET", "r", "field", "1") }
            for fencing in [true, false] {
                try await withRedlock(fleet.urls, { $0.fencing = fencing }) { redlock in
                    let lease = try await redlock.tryAcquire("r", ttl: .seconds(5))
                    #expect(lease == nil)
                }
            }
            #expect(try await fleet.servers[0].cli("TYPE", "r") == "hash")
        }
    }

    @Test func `waiting ends with the release of the holder`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(30))
                async let next = redlock.acquire("r", ttl: .seconds(30), waiting: .seconds(60))
                try await Task.sleep(for: .milliseconds(100))
                await lease.release()
                let second = try await next
                #expect(second.isValid)
                await second.release()
            }
        }
    }

    @Test func `one node is a quorum of its own`() async throws {
        try await withRedisServer { server in
            try await withRedlock([server.url]) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(5))
                #expect(try await redlock.tryAcquire("r", ttl: .seconds(5)) == nil)
                await lease.release()
            }
        }
    }

    @Test func `resources on many lanes exclude each other as on one`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.lanes = 4 }) { redlock in
                var leases: [Lease] = []
                for index in 0..<40 { leases.append(try await redlock.acquire("r\(index)", ttl: .seconds(30))) }
                for index in 0..<40 { #expect(try await redlock.tryAcquire("r\(index)", ttl: .seconds(30)) == nil) }
                for lease in leases { await lease.release() }
            }
        }
    }

    @Test func `after a shutdown nothing is granted, and waiting has ended`() async throws {
        try await withRedisFleet(3) { fleet in
            var configuration = RedlockConfiguration(nodes: fleet.urls)
            configuration.quarantinesRestartedNodes = false
            let redlock = try Redlock(configuration: configuration)
            let lease = try await redlock.acquire("r", ttl: .seconds(30))
            let waiter = Task { try await redlock.acquire("r", ttl: .seconds(30), waiting: .seconds(60)) }
            try await Task.sleep(for: .milliseconds(50))
            await redlock.shutdown()
            let ended = await #expect(throws: RedlockError.self) { _ = try await waiter.value }
            #expect(ended?.code == .shutDown)
            let refused = await #expect(throws: RedlockError.self) { try await redlock.acquire("s", ttl: .seconds(1)) }
            #expect(refused?.code == .shutDown)
            // The holder may be at work: the keys stay, and the lease is as valid as it was.
            #expect(await lease.loss == .shutDown)
            #expect(lease.isValid)
            #expect(try await fleet.holders(of: "r") == 3)
            await redlock.shutdown()
        }
    }
}
