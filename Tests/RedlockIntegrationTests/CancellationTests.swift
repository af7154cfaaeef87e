import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct CancellationTests {
    @Test func `cancelling a waiting caller ends its wait and leaves the holder alone`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(60))
                let waiter = Task { try await redlock.acquire("r", ttl: .seconds(60), waiting: .seconds(600)) }
                try await Task.sleep(for: .milliseconds(50))
                waiter.cancel()
                let error = await #expect(throws: RedlockError.self) { _ = try await waiter.value }
                #expect(error?.code == .cancelled)
                #expect(lease.isValid)
                #expect(try await fleet.holders(of: "r") == 3)
                await lease.release()
            }
        }
    }

    @Test func `a task that is cancelled before it begins takes nothing`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let task = Task {
                    withUnsafeCurrentTask { $0?.cancel() }
                    return try await redlock.acquire("r", ttl: .seconds(60))
                }
                let error = await #expect(throws: RedlockError.self) { _ = try await task.value }
                #expect(error?.code == .cancelled)
                let holders = try await fleet.holders(of: "r")
                #expect(holders == 0)
            }
        }
    }

    /// At whatever await the cancellation strikes, the keys are gone afterwards: one node is slow, so that there is
    /// something to undo.
    @Test func `cancelled at any moment, no key is left behind`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                for round in 0..<200 {
                    if round % 20 == 0 { fleet.servers[round / 20 % 3].pause() }
                    if round % 20 == 10 { fleet.servers[round / 20 % 3].resume() }
                    let task = Task {
                        let lease = try await redlock.acquire("r", ttl: .seconds(60), waiting: .seconds(60))
                        try? await Task.sleep(for: .microseconds(round * 7))
                        await lease.release()
                    }
                    try? await Task.sleep(for: .microseconds(round * 13))
                    task.cancel()
                    _ = await task.result
                }
                for server in fleet.servers { server.resume() }
                try await eventually("no key is left") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `withLock gives back when its caller is cancelled`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let (entered, inside) = AsyncStream.makeStream(of: Void.self)
                let task = Task {
                    try await redlock.withLock("r", ttl: .seconds(60)) { _ in
                        inside.finish()
                        try await Task.sleep(for: .seconds(600))
                    }
                }
                for await _ in entered {}
                task.cancel()
                await #expect(throws: CancellationError.self) { try await task.value }
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }
}
