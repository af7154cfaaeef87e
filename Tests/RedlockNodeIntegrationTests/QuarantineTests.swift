import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// A server that was started a short time ago may have forgotten locks that are still held, so it grants nothing.
@Suite("Quarantined servers", .timeLimit(.minutes(2)))
struct QuarantineTests {
    private static func options(quarantine: Nanoseconds) -> NodeClientOptions {
        var options = NodeClientOptions.test
        options.quarantine = quarantine
        return options
    }

    @Test("every grant of a fresh server is a failure, with the seconds that are left; the key is held all the same")
    func fresh() async throws {
        try await withServerAndNode(options: Self.options(quarantine: .seconds(60))) { server, node async throws in
            let token = LockToken.random()
            for request in [
                TestNode.Request.acquire("k", token), .fencedAcquire("f", token), .raise("f", token, fence: 5), .extend("k", token),
            ] {
                #expect(try await node.ask(request) == .vote(.failed))
                let fault = try #require(try await node.fault)
                #expect(fault.kind == .quarantined)
                let words = fault.detail.split(separator: " ")
                #expect(words.prefix(2) == ["is", "quarantined,"])
                // Q, the second by which uptime may be wrong, and the drift: 1 % of both, twice, and 2 ms.
                let left = try #require(Int(words[2]))
                #expect(left > 50 && left <= 63, "\(fault)")
            }
            #expect(try await server.cli("GET", "k") == token.wireForm)
            // Refusals and releases need no trust.
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.refused))
            #expect(try await node.ask(.release("k", token)) == .released)
            #expect(try await server.cli("EXISTS", "k") == "0")
        }
    }

    @Test("after the quarantine its grants count, and at once on a new connection; a restart begins it anew")
    func over() async throws {
        try await withServerAndNode(options: Self.options(quarantine: .seconds(1))) { server, node async throws in
            try await eventually("a grant that counts") {
                let token = LockToken.random()
                let content = try await node.ask(.acquire("k", token))
                _ = try await node.ask(.release("k", token))
                return content == .vote(.granted())
            }
            // By then the server has been up for Q and the second by which uptime may be too large.
            let info = try await server.cli("INFO", "server").split(whereSeparator: \.isNewline)
            let uptime = try #require(info.first { $0.hasPrefix("uptime_in_seconds:") }.flatMap { Int($0.dropFirst(18)) })
            #expect(uptime >= 1)
            try await eventually("an uptime that says enough by itself") {
                try await server.cli("INFO", "server").contains(/uptime_in_seconds:([2-9]|\d\d)/)
            }
            try await withNode(server.url, options: Self.options(quarantine: .seconds(1))) { second async throws in
                try await second.waitUntilUp()
                #expect(try await second.ask(.acquire("k2", .random())) == .vote(.granted()))
            }

            try await server.restart()
            try await eventually("another connection") { node.changes.filter { $0 }.count == 2 }
            #expect(try await node.ask(.acquire("k3", .random())) == .vote(.failed))
        }
    }

    @Test("without a quarantine the votes of a fresh server count")
    func off() async throws {
        try await withServerAndNode { _, node async throws in
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.granted()))
        }
    }
}
