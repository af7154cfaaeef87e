import Redlock
import RedlockServers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    @Test(arguments: [true, false]) func `an extension moves the end forward and keeps the fencing token`(fencing: Bool) async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.fencing = fencing }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(5))
                let (end, token) = (lease.validUntil, lease.fencingToken)
                try await lease.extend(to: .seconds(50))
                #expect(lease.validUntil > end + .seconds(40))
                #expect(lease.fencingToken == token)
                // Shorter than what is left: nothing gets shorter, here or there.
                let longEnd = lease.validUntil
                try await lease.extend(to: .seconds(1))
                #expect(lease.validUntil > longEnd - .milliseconds(100))
                for server in fleet.servers { #expect(try #require(Int(try await server.cli("PTTL", "r"))) > 40_000) }
                await lease.release()
                let over = await #expect(throws: RedlockError.self) { try await lease.extend() }
                #expect(over?.code == .lost)
            }
        }
    }

    @Test func `several extensions at once are made one after the other`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(5))
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for seconds in 10..<30 { group.addTask { try await lease.extend(to: .seconds(seconds)) } }
                    try await group.waitForAll()
                }
                #expect(lease.remainingValidity > .seconds(20))
                await lease.release()
            }
        }
    }

    @Test func `a lease that nobody extends is lost in time, and its key expires`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .milliseconds(600))
                #expect(await lease.loss == .notExtended)
                // Told by the safety margin ahead of the end.
                #expect(lease.isValid || lease.remainingValidity == .zero)
                try await eventually("not valid any more") { !lease.isValid }
                let next = try await redlock.acquire("r", ttl: .seconds(5), waiting: .seconds(20))
                #expect(!lease.isValid)
                await lease.release()
                #expect(next.isValid)
                #expect(try await fleet.holders(of: "r") == 3)
                await next.release()
            }
        }
    }

    @Test func `a lease that is dropped is released`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                do {
                    let lease = try await redlock.acquire("r", ttl: .seconds(60))
                    #expect(lease.isValid)
                }
                let next = try await redlock.acquire("r", ttl: .seconds(5), waiting: .seconds(20))
                await next.release()
            }
        }
    }

    @Test func `a lock in withLock is kept for longer than its ttl, and given back`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let held = try await redlock.withLock("r", ttl: .milliseconds(1500)) { lease in
                    for _ in 0..<20 {
                        try await Task.sleep(for: .milliseconds(200))
                        guard lease.isValid else { return false }
                    }
                    return try await fleet.holders(of: "r") == 3
                }
                #expect(held)
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `the body's error comes out, and the lock is given back`() async throws {
        struct Trouble: Error {}
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                await #expect(throws: Trouble.self) { try await redlock.withLock("r", ttl: .seconds(5)) { _ in throw Trouble() } }
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `the body is cancelled while the lock is still valid when it can no longer be kept`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let stoppedInTime = Mutex(false)
                let error = await #expect(throws: RedlockError.self) {
                    try await redlock.withLock("r", ttl: .seconds(2), options: LeaseOptions(extendsItself: true, safetyMargin: .seconds(1)))
                    { lease in
                        for server in fleet.servers { server.pause() }
                        do {
                            try await Task.sleep(for: .seconds(60))
                        } catch {
                            stoppedInTime.withLock { $0 = lease.isValid }
                            throw error
                        }
                    }
                }
                #expect(error?.code == .lost)
                #expect(stoppedInTime.withLock { $0 })
                for server in fleet.servers { server.resume() }
            }
        }
    }

    @Test func `a body that ignores cancellation and ends too late returns nothing`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let error = await #expect(throws: RedlockError.self) {
                    try await redlock.withLock("r", ttl: .milliseconds(500), options: .manual) { lease in
                        while lease.isValid { await Task.yield() }
                        return 1
                    }
                }
                #expect(error?.code == .lost)
                #expect(error?.description.contains("finished after the end of validity") == true)
            }
        }
    }

    @Test func `a lease with a maximum hold time is told to stop when it is over`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let options = LeaseOptions(extendsItself: true, maximumHold: .milliseconds(500))
                let lease = try await redlock.acquire("r", ttl: .milliseconds(600), options: options)
                #expect(await lease.loss == .maximumHold)
                await lease.release()
            }
        }
    }

    @Test func `a key that was overwritten by hand is not extended, and not deleted`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(20))
                for server in fleet.servers { _ = try await server.cli("SET", "r", "mine") }
                let error = await #expect(throws: RedlockError.self) { try await lease.extend() }
                #expect(error?.code == .contended)
                await lease.release()
                for server in fleet.servers { #expect(try await server.cli("GET", "r") == "mine") }
            }
        }
    }

    @Test func `nodes that restart while they are asked to extend do not count, and are filled again by a later extension`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(20))
                // A node that connects late is left out of an acquire.
                try await eventually("on all nodes") {
                    try await lease.extend(to: .seconds(20))
                    return try await fleet.holders(of: "r") == 3
                }
                let end = lease.validUntil
                for index in 0..<2 { fleet.servers[index].pause() }
                let extending = Task { try await lease.extend(to: .seconds(50)) }
                try await eventually("the third node has extended") {
                    try #require(Int(try await fleet.servers[2].cli("PTTL", "r"))) > 40_000
                }
                for index in 0..<2 { try await fleet.servers[index].wipe() }
                let error = await #expect(throws: RedlockError.self) { try await extending.value }
                #expect(error?.code == .unreachable)
                #expect(lease.isValid && lease.validUntil < end + .milliseconds(100))
                // One extension is enough for a quorum; the node that came back last is filled by the one after.
                try await eventually("on all nodes again") {
                    _ = try? await lease.extend(to: .seconds(50))
                    return try await fleet.holders(of: "r") == 3
                }
                #expect(lease.validUntil > end + .seconds(20))
                await lease.release()
            }
        }
    }

    @Test func `a body that goes on after it was cancelled keeps its key no longer than it would have had it`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let options = LeaseOptions(extendsItself: true, maximumHold: .milliseconds(300))
                let error = await #expect(throws: RedlockError.self) {
                    try await redlock.withLock("r", ttl: .milliseconds(900), options: options) { lease in
                        while !Task.isCancelled { await Task.yield() }
                        #expect(lease.isValid)
                        let extended = redlock.statistics.extended
                        while lease.isValid { await Task.yield() }
                        #expect(redlock.statistics.extended == extended)
                        return 1
                    }
                }
                #expect(error?.code == .lost)
                #expect(redlock.statistics.lost == 1)
                let next = try await redlock.acquire("r", ttl: .seconds(5), waiting: .seconds(20))
                await next.release()
            }
        }
    }

    @Test func `the minority that lost the key is filled again by an extension`() async throws {
        try await withRedisFleet(5) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(20))
                for index in 0..<2 { _ = try await fleet.servers[index].cli("DEL", "r") }
                try await lease.extend()
                try await eventually("on all nodes") { try await fleet.holders(of: "r") == 5 }
                await lease.release()
            }
        }
    }

    /// Compiles only if the body is on the caller's actor: it changes the actor's state without an await.
    private actor Till {
        private(set) var takings = 0

        func take(_ redlock: Redlock) async throws {
            try await redlock.withLock("till", ttl: .seconds(10)) { _ in self.takings += 1 }
        }
    }

    @Test func `the body runs on its caller's actor`() async throws {
        try await withRedisServer { server in
            try await withRedlock([server.url]) { redlock in
                let till = Till()
                for _ in 0..<3 { try await till.take(redlock) }
                let takings = await till.takings
                #expect(takings == 3)
            }
        }
    }
}
