import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct OutageTests {
    @Test func `two nodes of five may be dead`() async throws {
        try await withRedisFleet(5) { fleet in
            await fleet.servers[0].kill()
            await fleet.servers[3].kill()
            try await withRedlock(fleet.urls) { redlock in
                for _ in 0..<20 {
                    let lease = try await redlock.acquire("r", ttl: .seconds(10))
                    await lease.release()
                }
            }
        }
    }

    @Test func `two nodes of five may be stopped, also before the first connection`() async throws {
        try await withRedisFleet(5) { fleet in
            fleet.servers[1].pause()
            try await withRedlock(fleet.urls) { redlock in
                let first = try await redlock.acquire("r", ttl: .seconds(10))
                await first.release()
                fleet.servers[4].pause()
                for _ in 0..<20 {
                    let lease = try await redlock.acquire("r", ttl: .seconds(10))
                    await lease.release()
                }
                fleet.servers[1].resume()
                fleet.servers[4].resume()
                try await eventually("the late acquires are undone by the releases behind them") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `three dead nodes of five are an outage and not contention`() async throws {
        try await withRedisFleet(5) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let before = try await redlock.acquire("before", ttl: .seconds(30))
                for index in 0..<3 { await fleet.servers[index].kill() }
                try await eventually("a try says unreachable") {
                    do {
                        let lease = try await redlock.tryAcquire("r", ttl: .seconds(5))
                        await lease?.release()
                        return false
                    } catch let error as RedlockError {
                        guard error.code == .unreachable, error.nodes.count(where: { $0.outcome == .notAsked }) == 3 else { return false }
                        #expect(error.nodes[0].reason?.contains("connect") == true)
                        #expect(error.description.contains("redis://127.0.0.1:\(fleet.servers[0].port)"))
                        return true
                    }
                }
                try await eventually("the minority is cleaned up") { try await fleet.holders(of: "r", among: [3, 4]) == 0 }
                // A lease that was granted stays valid as long as it was promised, whatever becomes of the nodes.
                #expect(before.isValid)
            }
        }
    }

    @Test func `a node that was down at the start joins when it comes back`() async throws {
        try await withRedisFleet(3) { fleet in
            await fleet.servers[0].kill()
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("a", ttl: .seconds(10))
                await lease.release()
                try await fleet.servers[0].restart()
                await fleet.servers[1].kill()
                let again = try await redlock.acquire("b", ttl: .seconds(10), waiting: .seconds(30))
                #expect(try await fleet.servers[0].cli("EXISTS", "b") == "1")
                await again.release()
            }
        }
    }

    @Test func `a node that lost the scripts is sent them again`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(30))
                for server in fleet.servers { _ = try await server.cli("SCRIPT", "FLUSH") }
                try await lease.extend()
                for server in fleet.servers { _ = try await server.cli("SCRIPT", "FLUSH") }
                await lease.release()
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
                for server in fleet.servers { _ = try await server.cli("SCRIPT", "FLUSH") }
                let next = try await redlock.acquire("r", ttl: .seconds(30))
                await next.release()
            }
        }
    }

    @Test func `a release that a broken connection swallowed is paid on the next one`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.connection.stallTimeout = .milliseconds(300) }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(60))
                #expect(try await fleet.holders(of: "r") == 3)
                // Node 0 loses its connections, and cannot be connected to while the release is made.
                fleet.servers[0].pause()
                await lease.release()
                try await Task.sleep(for: .seconds(1))
                fleet.servers[0].resume()
                try await eventually("the key is gone there too, long before its ttl") {
                    try await fleet.servers[0].cli("EXISTS", "r") == "0"
                }
            }
        }
    }
}
