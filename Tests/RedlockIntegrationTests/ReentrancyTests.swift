import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct ReentrancyTests {
    @Test func `a nested lock goes on with the lease that is held, and the outermost gives it back`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let tokens = try await redlock.withLock("r", ttl: .seconds(10)) { outer in
                    let value = try await fleet.servers[0].cli("GET", "r")
                    let inner = try await redlock.withLock("r", ttl: .seconds(10), reentrant: true) { $0.fencingToken }
                    // The inner body has ended, and the lock is held as before.
                    let after = try await fleet.servers[0].cli("GET", "r")
                    #expect(after == value && outer.isValid)
                    return [outer.fencingToken, inner]
                }
                #expect(tokens[0] == tokens[1])
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `nesting without saying so is an error instead of a wait for oneself`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let error = await #expect(throws: RedlockError.self) {
                    try await redlock.withLock("r", ttl: .seconds(10)) { _ in
                        try await redlock.withLock("r", ttl: .seconds(10)) { _ in }
                    }
                }
                #expect(error?.code == .invalidConfiguration)
                #expect(error?.message.contains("reentrant: true") == true)
                // Another resource is another matter.
                try await redlock.withLock("r", ttl: .seconds(10)) { _ in try await redlock.withLock("s", ttl: .seconds(10)) { _ in } }
            }
        }
    }

    @Test func `a task that outlives the body does not find itself holding`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let (proceed, go) = AsyncStream.makeStream(of: Void.self)
                let (child, first) = try await redlock.withLock("r", ttl: .seconds(10)) { lease in
                    let child = Task {
                        for await _ in proceed {}
                        return try await redlock.withLock("r", ttl: .seconds(10), reentrant: true) { $0.fencingToken }
                    }
                    return (child, lease.fencingToken)
                }
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
                go.finish()
                // It had to ask the nodes, and got a lease of its own.
                #expect(try await child.value > first)
            }
        }
    }

    @Test func `a body that is still inside when the outermost ends keeps the lock`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let (proceed, go) = AsyncStream.makeStream(of: Void.self)
                let (entered, inside) = AsyncStream.makeStream(of: Void.self)
                let child = try await redlock.withLock("r", ttl: .seconds(10)) { _ in
                    let child = Task {
                        try await redlock.withLock("r", ttl: .seconds(10), reentrant: true) { lease in
                            inside.finish()
                            for await _ in proceed {}
                            return lease.isValid
                        }
                    }
                    for await _ in entered {}
                    return child
                }
                let holders = try await fleet.holders(of: "r")
                #expect(holders == 3)
                go.finish()
                #expect(try await child.value)
                try await eventually("released by the last") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }
}
