import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// Passwords, users and databases: a refusal says what to change, and never the password.
@Suite("Access", .timeLimit(.minutes(2)))
struct AccessTests {
    private static let password = "s e:c@r/e?t%"

    private func expectFault(
        _ url: String, _ kind: NodeFault.Kind, _ detail: String, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws {
        let fault = try await faultOfConnecting(to: url)
        #expect(fault == NodeFault(kind, detail), sourceLocation: sourceLocation)
        for secret in ["secret", Self.password, "s%20e"] { #expect(!"\(fault)".contains(secret), sourceLocation: sourceLocation) }
    }

    @Test("with the right password it is up")
    func rightPassword() async throws {
        try await withServerAndNode(.init(password: Self.password)) { server, node async throws in
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.granted()))
            #expect(try await server.cli("EXISTS", "k") == "1")
        }
        try await withServerAndNode(.init(password: Self.password, username: "locker")) { _, node async throws in
            #expect(try await node.client.command(["ACL", "WHOAMI"], timeout: .seconds(30)) == .bulk(Array("locker".utf8)))
        }
    }

    @Test("a wrong password, a wrong user and none at all are told apart")
    func wrongPassword() async throws {
        let wrong = "does not accept this user and password (WRONGPASS invalid username-password pair or user is disabled.)"
        try await withRedisServer(.init(password: Self.password)) { server async throws in
            try await expectFault("redis://:not-the-secret@127.0.0.1:\(server.port)", .denied, wrong)
            try await expectFault("redis://nobody:s%20e%3Ac%40r%2Fe%3Ft%25@127.0.0.1:\(server.port)", .denied, wrong)
            try await expectFault(
                "redis://127.0.0.1:\(server.port)", .denied,
                "wants a password (NOAUTH Authentication required.); write it in the URL as redis://:PASSWORD@host")
        }
    }

    @Test("a password for a server that has none is refused, with the server's words")
    func needlessPassword() async throws {
        try await withRedisServer { server async throws in
            try await expectFault(
                "redis://:secret@127.0.0.1:\(server.port)", .denied,
                "does not accept this user and password (ERR AUTH <password> called without any password configured for the default user. "
                    + "Are you sure your configuration is correct?)")
        }
    }

    @Test("a user without the right to INFO or to scripts is told which right it needs")
    func missingRights() async throws {
        try await withRedisServer { server async throws in
            let url = "redis://locker:secret@127.0.0.1:\(server.port)"
            _ = try await server.cli("ACL", "SETUSER", "locker", "on", ">secret", "~*", "+@all", "-info")
            try await expectFault(
                url, .denied,
                "does not answer INFO (NOPERM this user has no permissions to run the 'info' command); grant the user +info")
            _ = try await server.cli("ACL", "SETUSER", "locker", "+info", "-@scripting")
            try await expectFault(
                url, .denied,
                "does not take scripts (NOPERM this user has no permissions to run the 'script|load' command); grant the user +@scripting")
            // A name for the connection is dispensable.
            _ = try await server.cli("ACL", "SETUSER", "locker", "+@scripting", "-client")
            try await withNode(url) { try await $0.waitUntilUp() }
        }
    }

    @Test("the least rights that are said to be needed are enough, and others are failures at the request, not refusals")
    func leastRights() async throws {
        try await withRedisServer { server async throws in
            let rights = ["+info", "+@scripting", "+set", "+get", "+del", "+pttl", "+pexpire", "+time"]
            _ = try await server.cli("ACL", "SETUSER", "locker", "on", ">secret", "~lock/*", "~redlock.fence:lock/*")
            for right in rights { _ = try await server.cli("ACL", "SETUSER", "locker", right) }
            try await withNode("redis://locker:secret@127.0.0.1:\(server.port)") { node async throws in
                try await node.waitUntilUp()
                let token = LockToken.random()
                let fence = try await node.fence(.fencedAcquire("lock/1", token))
                #expect(try await node.ask(.raise("lock/1", token, fence: fence + 1)) == .vote(.granted()))
                #expect(try await node.ask(.extend("lock/1", token, ttl: .seconds(90), fence: fence + 1)) == .vote(.granted()))
                #expect(try await node.ask(.release("lock/1", token, fence: fence + 1)) == .released)
                #expect(try await node.ask(.acquire("lock/1", token)) == .vote(.granted()))

                #expect(try await node.ask(.acquire("other", token)) == .vote(.failed))
                #expect(try await node.fault?.kind == .denied)
                #expect(try await node.ask(.fencedAcquire("other", token)) == .vote(.failed))
                #expect(try await node.ask(.release("other", token)) == .notReleased)
                #expect(try await node.isUp)
            }
        }
    }

    @Test("a database is selected, and one that is not there is named")
    func database() async throws {
        try await withRedisServer { server async throws in
            try await withNode("redis://127.0.0.1:\(server.port)/3") { node async throws in
                try await node.waitUntilUp()
                #expect(try await node.ask(.acquire("k", .random())) == .vote(.granted()))
            }
            #expect(try await server.cli("-n", "3", "EXISTS", "k") == "1")
            #expect(try await server.cli("EXISTS", "k") == "0")
            try await expectFault("redis://127.0.0.1:\(server.port)/99", .denied, "has no database 99 (ERR DB index is out of range)")
        }
    }

    @Test("a server with as many clients as it takes says so")
    func maxClients() async throws {
        try await withServerAndNode(.init(extra: ["maxclients 2"])) { server, _ async throws in
            try await withNode(server.url) { second async throws in
                try await second.waitUntilUp()
                let fault = try await faultOfConnecting(to: server.url)
                // The server hangs up at once; its words may be lost on the way.
                #expect(
                    fault == NodeFault(.notServing, "has as many clients as it takes (ERR max number of clients reached); raise maxclients")
                        || fault.detail.hasPrefix("closed the connection while it was being set up"))
            }
        }
    }

    @Test("a replica, a full server and one that cannot save fail a request and say why")
    func notServing() async throws {
        try await withServerAndNode { server, node async throws in
            _ = try await server.cli("SET", "filler", String(repeating: "x", count: 10_000))
            _ = try await server.cli("CONFIG", "SET", "maxmemory", "1")
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.failed))
            #expect(try await node.fault?.detail.hasPrefix("is out of memory (OOM command not allowed") == true)
            #expect(try await node.ask(.fencedAcquire("k", .random())) == .vote(.failed))
            #expect(try await node.fault?.detail.hasPrefix("is out of memory (OOM ") == true)
            _ = try await server.cli("CONFIG", "SET", "maxmemory", "0")

            // It will never find that master; until it does, it is a replica all the same.
            _ = try await server.cli("REPLICAOF", "127.0.0.1", "1")
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.failed))
            #expect(try await node.fault?.detail.hasPrefix("is a read-only replica (READONLY ") == true)
            #expect(try await node.ask(.release("k", .random())) == .notReleased || node.answers.last?.content == .released)
            #expect(try await server.cli("EXISTS", "k") == "0")
        }
    }
}
