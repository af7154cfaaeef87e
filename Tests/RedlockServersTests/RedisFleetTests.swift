import Foundation
import RedlockServers
import Testing

/// Several servers, and the scopes that stop them.
@Suite(.timeLimit(.minutes(2)))
struct RedisFleetTests {
    private struct Failure: Error {}

    @Test("two fleets at once are ten different servers")
    func twoFleets() async throws {
        async let first = RedisFleet.start()
        async let second = RedisFleet.start(5, .init(password: "secret"))
        let fleets = try await [first, second]
        let servers = fleets.flatMap(\.servers)
        #expect(Set(servers.map(\.port)).count == 10)
        #expect(Set(servers.map(\.directoryPath)).count == 10)
        let pids = Set(servers.compactMap(\.pid))
        #expect(pids.count == 10)
        for (index, server) in servers.enumerated() {
            #expect(try await server.cli("SET", "me", "\(index)") == "OK")
        }
        for (index, server) in servers.enumerated() {
            #expect(try await server.cli("GET", "me") == "\(index)")
        }
        #expect(fleets[0].urls == fleets[0].servers.map(\.url))
        #expect(fleets[1][3] === fleets[1].servers[3])
        for fleet in fleets { await fleet.stop() }
        await fleets[0].stop()
        #expect(!pids.contains(where: ProcessTable.contains))
    }

    @Test("a fleet can differ from server to server, and be killed and revived at once")
    func differing() async throws {
        let fleet = try await RedisFleet.start([.init(), .init(password: "a"), .init(appendonly: .always)])
        #expect(try await fleet[1].cli("AUTH", "a") == "OK")
        await fleet.concurrently { await $0.kill() }
        #expect(fleet.servers.allSatisfy { $0.pid == nil })
        await fleet.concurrently { try? await $0.restart() }
        #expect(fleet.servers.allSatisfy { $0.pid != nil })
        await fleet.stop()
    }

    @Test("a fleet of which one cannot start leaves none")
    func failingStart() async throws {
        try await withRedisServer { taken async throws in
            let first = taken.port - 1
            await #expect(throws: RedisServerError.self) { try await RedisFleet.start(3, .init(port: first)) }
            #expect(try !ProcessTable.mentions("redis-server 127.0.0.1:\(first)$"))
            #expect(try !ProcessTable.mentions("redis-server 127.0.0.1:\(first + 2)$"))
        }
    }

    @Test("a body that throws leaves nothing")
    func throwing() async throws {
        var pids: [Int32] = []
        await #expect(throws: Failure.self) {
            try await withRedisFleet(3) { fleet in
                pids = fleet.servers.compactMap(\.pid)
                throw Failure()
            }
        }
        #expect(pids.count == 3)
        #expect(!pids.contains(where: ProcessTable.contains))
    }

    @Test("a cancelled body leaves nothing")
    func cancelled() async throws {
        let (started, continuation) = AsyncStream<Int32>.makeStream()
        let task = Task {
            try await withRedisServer { server in
                continuation.yield(server.pid ?? 0)
                try await Task.sleep(for: .seconds(60))
            }
        }
        let pid = try #require(await started.first { _ in true })
        #expect(ProcessTable.contains(pid))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(!ProcessTable.contains(pid))
    }
}
