import Foundation
import RedlockServers
import Testing

/// The life of one server.
@Suite(.timeLimit(.minutes(2)))
struct RedisServerTests {
    @Test("a started server answers on its port, is empty and keeps its files in a private directory")
    func start() async throws {
        try await withRedisServer { server in
            #expect(try await server.cli("PING") == "PONG")
            #expect(try await server.cli("DBSIZE") == "0")
            #expect(server.url == "redis://127.0.0.1:\(server.port)")
            #expect(try await server.cli("CONFIG", "GET", "port") == "port\n\(server.port)")
            #expect(try await server.cli("CONFIG", "GET", "save").trimmingCharacters(in: .whitespacesAndNewlines) == "save")
            #expect(try await server.cli("CONFIG", "GET", "bind") == "bind\n127.0.0.1")
            #expect(server.log.contains("Ready to accept connections"))
            let attributes = try FileManager.default.attributesOfItem(atPath: server.directoryPath)
            #expect(attributes[.posixPermissions] as? Int == 0o700)
        }
    }

    @Test("the process id is that of the redis-server itself, alone in its session")
    func pid() async throws {
        try await withRedisServer { server in
            let pid = try #require(server.pid)
            #expect(try await server.cli("INFO", "server").contains("process_id:\(pid)\r\n"))
            #expect(getsid(pid) == pid)
            #expect(getpgid(pid) == pid)
        }
    }

    @Test("a killed server is gone, and comes back on the same port without its data")
    func killAndRestart() async throws {
        try await withRedisServer { server in
            _ = try await server.cli("SET", "key", "value")
            let pid = try #require(server.pid)
            await server.kill()
            #expect(server.pid == nil)
            #expect(!ProcessTable.contains(pid))
            await #expect(throws: RedisServerError.self) { try await server.cli("PING") }
            await server.kill()
            try await server.restart()
            #expect(server.pid != pid)
            #expect(try await server.cli("CONFIG", "GET", "port") == "port\n\(server.port)")
            #expect(try await server.cli("EXISTS", "key") == "0")
        }
    }

    @Test("with an append-only file data survives a kill, and wipe deletes it", arguments: RedisServer.Options.Fsync.allCases)
    func appendonly(fsync: RedisServer.Options.Fsync) async throws {
        try await withRedisServer(.init(appendonly: fsync)) { server in
            #expect(try await server.cli("CONFIG", "GET", "appendfsync") == "appendfsync\n\(fsync.rawValue)")
            #expect(try await server.cli("SET", "key", "value") == "OK")
            try await server.restart()
            #expect(try await server.cli("GET", "key") == "value")
            try await server.wipe()
            #expect(try await server.cli("EXISTS", "key") == "0")
        }
    }

    @Test("a paused server answers nothing until it is resumed")
    func pause() async throws {
        try await withRedisServer { server in
            let pid = try #require(server.pid)
            server.pause()
            server.pause()
            #expect(server.pid == pid)
            let asked = Task { (try await server.cli("PING"), ContinuousClock.now) }
            try await Task.sleep(for: .milliseconds(300))
            let resumption = ContinuousClock.now
            server.resume()
            let (answer, arrival) = try await asked.value
            #expect(answer == "PONG")
            #expect(arrival > resumption)
            server.resume()
            #expect(try await server.cli("PING") == "PONG")
        }
    }

    @Test("a paused server can be restarted and is not paused then")
    func restartPaused() async throws {
        try await withRedisServer { server in
            server.pause()
            try await server.restart()
            #expect(try await server.cli("PING") == "PONG")
        }
    }

    @Test("stop ends also a paused server, deletes its directory, keeps its log and may be repeated")
    func stop() async throws {
        let server = try await RedisServer.start()
        let pid = try #require(server.pid)
        server.pause()
        await withTaskGroup { group in
            for _ in 0..<5 {
                group.addTask { await server.stop() }
            }
        }
        await server.stop()
        #expect(!ProcessTable.contains(pid))
        #expect(!FileManager.default.fileExists(atPath: server.directoryPath))
        #expect(try !ProcessTable.mentions(server.directoryPath))
        #expect(server.pid == nil)
        #expect(server.log.contains("Ready to accept connections"))
        server.pause()
        server.resume()
        await server.kill()
        await #expect(throws: RedisServerError.self) { try await server.restart() }
        await #expect(throws: RedisServerError.self) { try await server.cli("PING") }
    }

    @Test("a server that ended by itself is noticed, and can be restarted")
    func endedByItself() async throws {
        try await withRedisServer { server in
            let pid = try #require(server.pid)
            _ = try? await server.cli("SHUTDOWN", "NOSAVE")
            #expect(try await ProcessTable.soon { server.pid == nil })
            #expect(!ProcessTable.contains(pid))
            try await server.restart()
            #expect(try await server.cli("PING") == "PONG")
        }
    }

    @Test("kills, restarts, pauses and a stop from many tasks leave nothing")
    func chaos() async throws {
        let server = try await RedisServer.start()
        await withTaskGroup { group in
            for index in 0..<20 {
                group.addTask {
                    switch index % 5 {
                    case 0: await server.kill()
                    case 1: try? await server.restart()
                    case 2: server.pause()
                    case 3: server.resume()
                    default: try? await server.wipe()
                    }
                }
            }
        }
        try await server.restart()
        #expect(try await server.cli("PING") == "PONG")
        let pid = try #require(server.pid)
        await server.stop()
        #expect(!ProcessTable.contains(pid))
        #expect(try !ProcessTable.mentions(server.directoryPath))
    }
}
