import Redlock
import RedlockServers
import Testing

@Suite(.timeLimit(.minutes(2))) struct HolderNameTests {
    private static let name = "nightly report@größe:1"

    /// What a node has under the key.
    private func value(_ server: RedisServer, _ key: String = "r") async throws -> String { try await server.cli("--raw", "GET", key) }

    private func isNamed(_ value: String) -> Bool {
        value.count == 32 + 1 + Self.name.count && value.hasSuffix(" \(Self.name)") && value.prefix(32).allSatisfy(\.isHexDigit)
    }

    @Test(arguments: [true, false])
    func `a name stands behind the token, through extensions, until the release`(fencing: Bool) async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { ($0.holderName, $0.fencing) = (HolderName(Self.name), fencing) }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(20))
                try await eventually("on all nodes") { try await fleet.holders(of: "r") == 3 }
                let first = try await value(fleet[0])
                #expect(isNamed(first))
                try await lease.extend(to: .seconds(50))
                // A node that has lost the key gets it back as it was.
                _ = try await fleet[1].cli("DEL", "r")
                try await lease.extend(to: .seconds(55))
                try await eventually("the same on all nodes") {
                    for server in fleet.servers where try await value(server) != first { return false }
                    return true
                }
                #expect(try await redlock.tryAcquire("r", ttl: .seconds(5)) == nil)
                await lease.release()
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `a node that restarts empty is given the same value again`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.holderName = HolderName(Self.name) }) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(50))
                try await eventually("on all nodes") { try await fleet.holders(of: "r") == 3 }
                let first = try await value(fleet[0])
                try await fleet[0].restart()
                try await eventually("given again") {
                    try? await lease.extend(to: .seconds(50))
                    return try await value(fleet[0]) == first
                }
                await lease.release()
                try await eventually("released") { try await fleet.holders(of: "r") == 0 }
            }
        }
    }

    @Test func `with a name and without, and with another library's value, they exclude each other`() async throws {
        try await withRedisFleet(3) { fleet in
            try await withRedlock(fleet.urls, { $0.holderName = "somebody" }) { named in
                try await withRedlock(fleet.urls) { unnamed in
                    let lease = try await named.acquire("r", ttl: .seconds(20))
                    #expect(try await unnamed.tryAcquire("r", ttl: .seconds(5)) == nil)
                    await lease.release()
                    let next = try await unnamed.acquire("r", ttl: .seconds(20), waiting: .seconds(20))
                    #expect(try await value(fleet[0]).count == 32)
                    #expect(try await named.tryAcquire("r", ttl: .seconds(5)) == nil)
                    await next.release()
                    for server in fleet.servers { _ = try await server.cli("SET", "other", "redlock-py-value", "PX", "60000") }
                    #expect(try await named.tryAcquire("other", ttl: .seconds(5)) == nil)
                    #expect(try await value(fleet[2], "other") == "redlock-py-value")
                }
            }
        }
    }
}
