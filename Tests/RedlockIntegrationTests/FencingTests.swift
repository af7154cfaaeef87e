import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct FencingTests {
    @Test func `tokens rise from lease to lease, across clients, restarts of a minority, and stay through extensions`() async throws {
        try await withRedisFleet(3) { fleet in
            var tokens: [UInt64] = []
            for round in 0..<12 {
                try await withRedlock(fleet.urls) { redlock in
                    let lease = try await redlock.acquire("r", ttl: .seconds(10), waiting: .seconds(20))
                    let token = lease.fencingToken
                    try await lease.extend()
                    #expect(lease.fencingToken == token)
                    tokens.append(token)
                    await lease.release()
                }
                if round % 4 == 3 { try await fleet.servers[round / 4].wipe() }
            }
            #expect(zip(tokens, tokens.dropFirst()).allSatisfy { $0 < $1 }, "\(tokens)")
        }
    }

    /// Counters that differ need the second round, and the largest of them still wins.
    @Test func `a counter that is ahead on one node is agreed on before the token is handed out`() async throws {
        try await withRedisFleet(3) { fleet in
            let ahead: UInt64 = 4_000_000_000_000_000
            _ = try await fleet.servers[1].cli("SET", "redlock.fence:r", "\(ahead)")
            try await withRedlock(fleet.urls) { redlock in
                // Which nodes make the quorum is a race; once the node that is ahead is among them, nobody falls behind it.
                await fleet.servers[2].kill()
                let first = try await redlock.acquire("r", ttl: .seconds(10), waiting: .seconds(20))
                #expect(first.fencingToken == ahead + 1)
                for index in 0..<2 { #expect(try await fleet.servers[index].cli("GET", "redlock.fence:r") == "\(ahead + 1)") }
                #expect(redlock.statistics.raised == 1 && redlock.statistics.granted == 1)
                await first.release()
                let second = try await redlock.acquire("r", ttl: .seconds(10), waiting: .seconds(20))
                #expect(second.fencingToken == ahead + 2)
                // Now both propose the same, so one round is enough.
                #expect(redlock.statistics.raised == 1 && redlock.statistics.granted == 2)
                await second.release()
            }
        }
    }

    /// Whichever nodes make the quorum, their proposals differ, so no token is handed out without the second round.
    @Test func `counters that all disagree give rising tokens, each stored on a quorum when it is handed out`() async throws {
        try await withRedisFleet(5) { fleet in
            try await withRedlock(fleet.urls) { one in
                try await withRedlock(fleet.urls) { other in
                    var last: UInt64 = 0
                    for round in 0..<12 {
                        // Far ahead of every clock, in an order that changes; counters are only ever raised.
                        let base = 4_000_000_000_000_000 + UInt64(round) * 1000
                        for (index, server) in fleet.servers.enumerated() {
                            _ = try await server.cli("SET", "redlock.fence:r", "\(base + UInt64((index + round) % 5) * 100)")
                        }
                        let lease = try await [one, other][round % 2].acquire("r", ttl: .seconds(10), waiting: .seconds(20))
                        #expect(lease.fencingToken > last)
                        // Of five different counters a quorum sees at least the middle one.
                        #expect(lease.fencingToken > base + 200)
                        var stored = 0
                        for server in fleet.servers where try await UInt64(server.cli("GET", "redlock.fence:r")) ?? 0 >= lease.fencingToken
                        {
                            stored += 1
                        }
                        #expect(stored >= 3, "\(lease.fencingToken) is stored on \(stored) of 5")
                        last = lease.fencingToken
                        await lease.release()
                    }
                }
            }
        }
    }

    /// The story fencing is for: A stops for longer than its lease, B works, A wakes up and writes.
    @Test func `a holder that was away for longer than its lease cannot write any more`() async throws {
        try await withRedisServer { resource in
            try await withRedisFleet(3) { fleet in
                let shop = try await RedisFencingGuard(resource.url)
                try await withRedlock(fleet.urls) { redlock in
                    let a = try await redlock.acquire("r", ttl: .milliseconds(200))
                    try await shop.set("stock", to: "10", fencingToken: a.fencingToken)
                    let b = try await redlock.acquire("r", ttl: .seconds(10), waiting: .seconds(20))
                    try await shop.set("stock", to: "9", fencingToken: b.fencingToken)
                    let stale = await #expect(throws: StaleFencingToken.self) {
                        try await shop.set("stock", to: "9", fencingToken: a.fencingToken)
                    }
                    #expect(stale?.largest == b.fencingToken)
                    try await shop.set("stock", to: "8", fencingToken: b.fencingToken)
                    #expect(try await shop.get("stock", fencingToken: b.fencingToken) == "8")
                    await #expect(throws: StaleFencingToken.self) { try await shop.set("stock", to: "7", fencingToken: 0) }
                    await b.release()
                }
            }
        }
    }
}
