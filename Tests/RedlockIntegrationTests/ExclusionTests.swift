import Redlock
import RedlockServers
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(3))) struct ExclusionTests {
    /// A read-then-write that loses updates as soon as two are inside at once.
    final class Account: Sendable {
        private let balance = Mutex(0)
        private let inside = Mutex(0)
        private let seenOverlaps = Mutex(0)
        private let seenTokens = Mutex<[UInt64]>([])

        var overlaps: Int { seenOverlaps.withLock { $0 } }
        /// The fencing tokens of those who were inside, in their order.
        var tokens: [UInt64] { seenTokens.withLock { $0 } }

        func deposit(_ token: UInt64 = 0) async {
            seenTokens.withLock { $0.append(token) }
            if inside.withLock({
                $0 += 1; return $0
            }) > 1 {
                seenOverlaps.withLock { $0 += 1 }
            }
            let seen = balance.withLock { $0 }
            await Task.yield()
            balance.withLock { $0 = seen + 1 }
            inside.withLock { $0 -= 1 }
        }

        var total: Int { balance.withLock { $0 } }
    }

    @Test(arguments: [true, false]) func `of hundreds of tasks and several clients one is inside at a time`(fencing: Bool) async throws {
        try await withRedisFleet(5) { fleet in
            let account = Account()
            try await withThrowingTaskGroup(of: Void.self) { clients in
                for _ in 0..<4 {
                    clients.addTask {
                        try await withRedlock(fleet.urls, { $0.fencing = fencing }) { redlock in
                            try await withThrowingTaskGroup(of: Void.self) { group in
                                for _ in 0..<60 {
                                    group.addTask {
                                        try await redlock.withLock("account", ttl: .seconds(10), waiting: .seconds(120)) { lease in
                                            await account.deposit(lease.fencingToken)
                                        }
                                    }
                                }
                                try await group.waitForAll()
                            }
                        }
                    }
                }
                try await clients.waitForAll()
            }
            #expect(account.total == 240)
            #expect(account.overlaps == 0)
            // In the order in which the lock was held, fencing tokens only rise.
            if fencing { #expect(zip(account.tokens, account.tokens.dropFirst()).allSatisfy { $0 < $1 }) }
        }
    }

    @Test func `nodes that die and come back one after the other let nobody in twice`() async throws {
        try await withRedisFleet(5) { fleet in
            let account = Account()
            // Restarted nodes have forgotten everything, so quarantine is on here.
            let configure: @Sendable (inout RedlockConfiguration) -> Void = {
                $0.quarantinesRestartedNodes = true
                $0.maxTTL = .seconds(2)
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        try await withRedlock(fleet.urls, configure) { redlock in
                            for _ in 0..<5 {
                                try await redlock.withLock("account", ttl: .seconds(2), waiting: .seconds(120)) { _ in
                                    await account.deposit()
                                    try await Task.sleep(for: .milliseconds(20))
                                }
                            }
                        }
                    }
                }
                group.addTask {
                    for index in [0, 3, 1] {
                        try await Task.sleep(for: .seconds(1))
                        await fleet.servers[index].kill()
                        try await fleet.servers[index].restart()
                    }
                }
                try await group.waitForAll()
            }
            #expect(account.total == 100)
            #expect(account.overlaps == 0)
        }
    }
}
