import Foundation
import RedlockServers
import Testing

/// Passwords and further configuration.
@Suite(.timeLimit(.minutes(2)))
struct RedisServerAccessTests {
    @Test("a password is wanted, whatever is in it, and stands in the URL", arguments: ["secret", "a b\"c\\d#é:@/?%\t'"])
    func password(password: String) async throws {
        try await withRedisServer(.init(password: password)) { server in
            #expect(try await server.cli("PING") == "PONG")
            #expect(try await server.cli("AUTH", password) == "OK")
            #expect(try await server.cli("AUTH", password + "x").hasPrefix("WRONGPASS"))
            let url = try #require(URLComponents(string: server.url))
            #expect(url.password == password)
            #expect(url.user == "")
            #expect(url.port == server.port)
            try await server.restart()
            #expect(try await server.cli("PING") == "PONG")
        }
    }

    @Test("with a user name the default user is turned off")
    func username() async throws {
        try await withRedisServer(.init(password: "p w", username: "locker")) { server async throws in
            #expect(try await server.cli("ACL", "WHOAMI") == "locker")
            #expect(try await server.cli("SET", "key", "value") == "OK")
            #expect(try await server.cli("AUTH", "default", "p w").hasPrefix("WRONGPASS"))
            #expect(server.url == "redis://locker:p%20w@127.0.0.1:\(server.port)")
        }
    }

    @Test("the password is in no list of arguments and in no file that others can read")
    func secrecy() async throws {
        let password = "secret-\(UInt64.random(in: 0 ... .max))"
        try await withRedisServer(.init(password: password)) { server in
            #expect(try !ProcessTable.mentions(password))
            for file in ["redis.conf", "redis.log"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: "\(server.directoryPath)/\(file)")
                #expect(attributes[.posixPermissions] as? Int == 0o600, "\(file)")
            }
        }
    }

    @Test("memory limits and further lines arrive, further lines last")
    func configuration() async throws {
        let options = RedisServer.Options(
            appendonly: .always, maxmemory: "2mb", maxmemoryPolicy: "allkeys-lru", extra: ["appendfsync no", "databases 3"])
        try await withRedisServer(options) { server async throws in
            #expect(try await server.cli("CONFIG", "GET", "maxmemory") == "maxmemory\n2097152")
            #expect(try await server.cli("CONFIG", "GET", "maxmemory-policy") == "maxmemory-policy\nallkeys-lru")
            #expect(try await server.cli("CONFIG", "GET", "appendfsync") == "appendfsync\nno")
            #expect(try await server.cli("CONFIG", "GET", "databases") == "databases\n3")
        }
    }

    @Test("a configuration that redis-server refuses is an error with its own words")
    func refusedConfiguration() async throws {
        let error = await #expect(throws: RedisServerError.self) { try await RedisServer.start(.init(extra: ["no-such-option yes"])) }
        #expect(error?.description.contains("no-such-option yes") == true)
        #expect(error?.description.contains("ended at once") == true)
    }

    @Test("a port that was asked for is taken, or an error when somebody listens there")
    func fixedPort() async throws {
        let port = try await withRedisServer { $0.port }
        let server = try await startOnceFree(port)
        let error = await #expect(throws: RedisServerError.self) { try await RedisServer.start(.init(port: port)) }
        await server.stop()
        #expect(server.port == port)
        #expect(error?.description == "port \(port) on 127.0.0.1 is taken")
    }

    /// A port is free again with the last reference to the server that had it, which a thread that is just ending may hold.
    private func startOnceFree(_ port: Int) async throws -> RedisServer {
        for _ in 0..<200 {
            if let server = try? await RedisServer.start(.init(port: port)) { return server }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await RedisServer.start(.init(port: port))
    }

    @Test("a cancelled task starts nothing")
    func cancelled() async throws {
        let task = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            _ = try await RedisServer.start()
        }
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
