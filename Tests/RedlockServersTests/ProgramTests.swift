import Foundation
import Testing

@testable import RedlockServers

/// Running programs, and what guards their files and ports.
@Suite(.timeLimit(.minutes(2)))
struct ProgramTests {
    @Test("a missing program is an error that says what to do")
    func missing() {
        let error = #expect(throws: RedisServerError.self) { try Program("redis-no-such-server") }
        #expect(error?.description == "redis-no-such-server was not found: run ./cluster.sh setup")
    }

    @Test("what a program prints is answered, also much of it, errors included")
    func output() async throws {
        let shell = try Program("sh")
        #expect(try await shell.run(["-c", "echo ' one'; echo two >&2"]) == "one\ntwo")
        #expect(try await shell.run(["-c", "cat"]).isEmpty)
        let lines = try await shell.run(["-c", "i=0; while [ $i -lt 20000 ]; do echo 0123456789; i=$((i + 1)); done"])
        #expect(lines.utf8.count == 20000 * 11 - 1)
    }

    @Test("a program that fails, dies or takes too long is an error with its output")
    func failures() async throws {
        let shell = try Program("sh")
        for (script, reason) in [("echo why; exit 3", "failed with code 3"), ("echo why; kill -9 $$", "failed with code -1")] {
            let error = await #expect(throws: RedisServerError.self) { try await shell.run(["-c", script]) }
            #expect(error?.description.hasSuffix("\(reason):\nwhy") == true)
        }
        let start = ContinuousClock.now
        let error = await #expect(throws: RedisServerError.self) { try await shell.run(["-c", "echo why; sleep 5"], seconds: 0.3) }
        #expect(error?.description.hasSuffix("took more than 0.3 s:\nwhy") == true)
        #expect(ContinuousClock.now - start < .seconds(4))
    }

    @Test("a child inherits no descriptor, also one that is not close-on-exec")
    func inheritance() async throws {
        let path = NSTemporaryDirectory() + "redlock-open-\(UInt64.random(in: 0 ... .max))"
        let leaky = open(path, O_CREAT | O_RDWR, 0o600)
        unlink(path)
        defer { close(leaky) }
        #expect(leaky > 2)
        #expect(try await Program("sh").run(["-c", "if (: <&\(leaky)) 2>/dev/null; then echo open; fi"]).isEmpty)
    }

    @Test("leases never share a port, and give it back")
    func leases() throws {
        var leases = try (0..<50).map { _ in try PortLease.any() }
        #expect(Set(leases.map(\.port)).count == 50)
        let port = leases[0].port
        #expect(throws: RedisServerError.self) { try PortLease.exactly(port) }
        leases = []
        #expect(try PortLease.exactly(port).port == port)
    }

    @Test("without its guard a directory takes no process")
    func lostGuard() async throws {
        let directory = try GuardedDirectory()
        let pgrep = try await Program("pgrep").run(["-f", directory.path])
        let pid = try #require(Int32(pgrep))
        kill(pid, SIGKILL)
        #expect(try await ProcessTable.soon { !ProcessTable.contains(pid) })
        #expect(throws: RedisServerError.self) { try directory.adopt(getpid()) }
        directory.remove()
        #expect(!FileManager.default.fileExists(atPath: directory.path))
    }
}
