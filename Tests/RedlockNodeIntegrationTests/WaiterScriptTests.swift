import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// What is said of those who wait, on a real server, seen by redis-cli.
@Suite("Those who wait", .timeLimit(.minutes(2)))
struct WaiterScriptTests {
    private func announce(_ waiter: String, for milliseconds: Int, on server: RedisServer) async throws -> String {
        try await server.cli("EVAL", LockScripts.announceSource, "1", "redlock.waiting:k", waiter, "\(milliseconds)")
    }

    @Test("each is there once, until he is believed no more; the list lives as long as the last of them")
    func announcements() async throws {
        try await withRedisServer { server in
            for waiter in ["a", "b", "a"] { #expect(try await announce(waiter, for: 60_000, on: server) == "1") }
            #expect(try await server.cli("ZRANGE", "redlock.waiting:k", "0", "-1").split(separator: "\n").sorted() == ["a", "b"])
            #expect(try await announce("c", for: 20, on: server) == "1")
            #expect(try await server.milliseconds("PTTL", "redlock.waiting:k") > 50_000, "it is not shortened")
            try await Task.sleep(for: .milliseconds(30))
            #expect(try await announce("d", for: 60_000, on: server) == "1")
            #expect(try await server.cli("ZRANGE", "redlock.waiting:k", "0", "-1").split(separator: "\n").sorted() == ["a", "b", "d"])

            #expect(try await server.cli("DEL", "redlock.waiting:k") == "1")
            #expect(try await announce("e", for: 20, on: server) == "1")
            try await eventually("the list ends") { try await server.cli("EXISTS", "redlock.waiting:k") == "0" }
            // All that is there is forgotten, so that the list is begun anew in the middle of the script.
            _ = try await server.cli("ZADD", "redlock.waiting:k", "1", "old")
            #expect(try await announce("f", for: 60_000, on: server) == "1")
            #expect(try await server.cli("ZRANGE", "redlock.waiting:k", "0", "-1") == "f")
            #expect(try await server.milliseconds("PTTL", "redlock.waiting:k") > 50_000)
        }
    }

    @Test("who may not give it an end leaves no list behind", arguments: ["-pexpire", "-pttl", "-time", "-zadd"])
    func rights(lacking: String) async throws {
        try await withRedisServer { server in
            _ = try await server.cli("ACL", "SETUSER", "onlooker", "on", "nopass", "~*", "+@all", lacking)
            try await withNode(server.url.replacing("redis://", with: "redis://onlooker:x@"), options: .test) { node in
                try await node.waitUntilUp()
                let command = ["EVAL", LockScripts.announceSource, "1", "redlock.waiting:k", "a", "60000"]
                guard case .error(let text) = try await node.client.command(command, timeout: .seconds(30)) else {
                    Issue.record("it was taken")
                    return
                }
                #expect(text.contains("NOPERM") || text.contains("can't run this command"), "\(text)")
                #expect(try await server.cli("EXISTS", "redlock.waiting:k") == "0")
            }
        }
    }
}
