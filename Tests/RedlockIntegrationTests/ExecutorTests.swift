import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct ExecutorTests {
    @Test func `tasks on the client's own thread take and give back locks as elsewhere`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                try await withThrowingTaskGroup(of: Bool.self) { group in
                    for task in 0..<50 {
                        group.addTask(executorPreference: redlock.executor) {
                            for _ in 0..<5 {
                                let lease = try await redlock.acquire("r\(task % 10)", ttl: .seconds(10), waiting: .seconds(60))
                                guard lease.isValid else { return false }
                                await lease.release()
                            }
                            return try await redlock.withLock("w\(task)", ttl: .seconds(10)) { $0.isValid }
                        }
                    }
                    for try await wasValid in group { #expect(wasValid) }
                }
            }
        }
    }
}
