import NIOCore
import RedlockNode
import RedlockServers
import Testing

@testable import RedlockChaos

/// The proxy between a client and a real server: what a fault keeps back is kept back, and nothing else.
@Suite(.serialized, .timeLimit(.minutes(1)))
struct FaultProxyTests {
    /// Runs `body` with a server, a client of it, and the link between the two.
    private func withLink(_ body: (RedisServer, RecipeConnection, FaultLink) async throws -> Void) async throws {
        let server = try await RedisServer.start()
        let proxy = try await FaultProxy.start(clients: 1, nodePorts: [server.port])
        do {
            let client = try await RecipeConnection(to: proxy.urls(for: 0)[0], Conduct())
            try await body(server, client, proxy.link(0, 0))
            client.close()
        } catch {
            Issue.record(error)
        }
        await proxy.stop()
        await server.stop()
    }

    @Test("Slow links and those that slice carry all bytes, in their order")
    func bytes() async throws {
        let text = (0..<400).map { "\($0)" }.joined(separator: ",")
        try await withLink { _, client, link in
            for condition in [
                LinkCondition(), LinkCondition(slice: 7), LinkCondition(delay: .milliseconds(5), jitter: .milliseconds(5), slice: 100),
            ] {
                link.begin(1, condition)
                try await client.run("DEL", "key")
                try await client.run("SET", "key", text)
                #expect(try await client.run("GET", "key") == .bulk(Array(text.utf8)))
                link.end(1)
            }
        }
    }

    @Test("Requests that are held back reach the node when the link heals, and no other fault lets them through")
    func heldRequests() async throws {
        try await withLink { server, client, link in
            link.begin(1, LinkCondition(holdsRequests: true))
            link.begin(2, LinkCondition(slice: 3, holdsRequests: true))
            let request = Task { try await client.run("SET", "key", "value") }
            try await Task.sleep(for: .milliseconds(100))
            #expect(try await server.cli("EXISTS", "key") == "0")
            link.end(2)
            try await Task.sleep(for: .milliseconds(50))
            #expect(try await server.cli("EXISTS", "key") == "0")
            link.end(1)
            #expect(try await request.value == .status("OK"))
        }
    }

    @Test("With replies held back the node does what it is asked, and the client hears of it when the link heals")
    func heldReplies() async throws {
        try await withLink { server, client, link in
            link.begin(1, LinkCondition(holdsReplies: true))
            let request = Task { try await client.run("INCR", "count") }
            #expect(try await eventually { try await server.cli("GET", "count") == "1" })
            link.end(1)
            let reply = try await request.value
            #expect(reply == .integer(1))
        }
    }

    @Test("What a client sent before it went away is still delivered")
    func lateRequests() async throws {
        try await withLink { server, client, link in
            link.begin(1, LinkCondition(holdsRequests: true))
            let request = Task { try await client.run("SET", "key", "value") }
            try await Task.sleep(for: .milliseconds(100))
            client.close()
            _ = await request.result
            #expect(try await server.cli("EXISTS", "key") == "0")
            link.end(1)
            #expect(try await eventually { try await server.cli("EXISTS", "key") == "1" })
        }
    }

    @Test("A reset breaks the connection, and the next one goes where the link leads")
    func resets() async throws {
        try await withLink { server, client, link in
            let first = try await client.run("CLIENT", "ID")
            link.reset()
            let isAnother = try await eventually {
                let second = try? await client.run("CLIENT", "ID")
                return second != nil && second != first
            }
            #expect(isAnother)
            let other = try await RedisServer.start()
            _ = try await other.cli("SET", "name", "other")
            link.divert(to: other.port)
            let isDiverted = try await eventually {
                let name = try? await client.run("GET", "name")
                return name == .bulk(Array("other".utf8))
            }
            #expect(isDiverted)
            await other.stop()
        }
    }
}
