import Foundation
import RedlockServers
import Testing

/// What is left when nobody called stop. The processes that end here are real ones, running these very servers.
@Suite(.timeLimit(.minutes(2)))
struct OrphanTests {
    /// Says, for the test that started this process, what is to be gone soon.
    private static func announce(_ servers: [RedisServer]) {
        for server in servers {
            print("server \(server.pid ?? 0) \(server.directoryPath)")
        }
        fflush(nil)
    }

    private static func expectGone(_ output: [UInt8]?, count: Int) async throws {
        let lines = String(decoding: output ?? [], as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("server ") }
        #expect(lines.count == count)
        for line in lines {
            let words = line.split(separator: " ")
            let pid = try #require(Int32(words[1]))
            let directory = String(words[2])
            #expect(try await ProcessTable.soon { !ProcessTable.contains(pid) }, "the server lives on")
            #expect(try await ProcessTable.soon { !FileManager.default.fileExists(atPath: directory) }, "the directory is left")
            #expect(try await ProcessTable.soon { try !ProcessTable.mentions(directory) }, "the guard lives on")
        }
    }

    @Test("a process killed by SIGKILL leaves nothing, not even a paused or a restarted server")
    func killed() async throws {
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
            let fleet = try await RedisFleet.start(3, .init(appendonly: .always))
            fleet[0].pause()
            await fleet[1].kill()
            try await fleet[1].restart()
            OrphanTests.announce(fleet.servers)
            kill(getpid(), SIGKILL)
        }
        try await Self.expectGone(result?.standardOutputContent, count: 3)
    }

    @Test("a process that traps leaves nothing")
    func trapped() async throws {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardOutputContent]) {
            let server = try await RedisServer.start()
            OrphanTests.announce([server])
            fatalError("on purpose")
        }
        try await Self.expectGone(result?.standardOutputContent, count: 1)
    }

    @Test("a process that exits without a stop leaves nothing, also of a server that is down")
    func exited() async throws {
        let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
            let fleet = try await RedisFleet.start(2)
            OrphanTests.announce(fleet.servers)
            await fleet[0].kill()
            exit(EXIT_SUCCESS)
        }
        try await Self.expectGone(result?.standardOutputContent, count: 2)
    }

    @Test("a process killed while its servers start leaves nothing")
    func killedWhileStarting() async throws {
        for _ in 0..<8 {
            let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardOutputContent]) {
                let base = NSTemporaryDirectory() + "redlock-starting-\(getpid())"
                try FileManager.default.createDirectory(atPath: base, withIntermediateDirectories: true)
                setenv("TMPDIR", base, 1)
                print("base \(base)")
                fflush(nil)
                let start = Task { try await RedisFleet.start(3) }
                usleep(.random(in: 2_000...40_000))
                withExtendedLifetime(start) { _ = kill(getpid(), SIGKILL) }
            }
            let output = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
            let line = try #require(output.split(separator: "\n").first { $0.hasPrefix("base ") })
            let base = String(line.dropFirst("base ".count))
            #expect(try await ProcessTable.soon { try FileManager.default.contentsOfDirectory(atPath: base).isEmpty })
            #expect(try await ProcessTable.soon { try !ProcessTable.mentions(base) })
            try FileManager.default.removeItem(atPath: base)
        }
    }

    @Test("a server that is forgotten ends with its last reference")
    func forgotten() async throws {
        let (pid, directory) = try await Self.forget()
        #expect(try await ProcessTable.soon { !ProcessTable.contains(pid) })
        #expect(try await ProcessTable.soon { !FileManager.default.fileExists(atPath: directory) })
        #expect(try await ProcessTable.soon { try !ProcessTable.mentions(directory) })
    }

    private static func forget() async throws -> (Int32, String) {
        let server = try await RedisServer.start()
        return (try #require(server.pid), server.directoryPath)
    }
}
