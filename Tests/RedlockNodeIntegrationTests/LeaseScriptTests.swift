import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// What raise, extend and release do on a real server, seen by redis-cli.
@Suite("Raise, extend, release", .timeLimit(.minutes(2)))
struct LeaseScriptTests {
    private static let forms = [CommandBatch.ScriptForm.digest, .source]

    /// A server on which `token` holds "k" for 30 s with a counter of 100.
    private func withLock(
        _ form: CommandBatch.ScriptForm,
        _ body: (RedisServer, LockToken, _ ask: (TestNode.Request) async throws -> NodeAnswer.Content) async throws -> Void
    ) async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            _ = try await server.cli("SET", "k", token.wireForm, "PX", "30000")
            _ = try await server.cli("SET", "redlock.fence:k", "100", "PX", "30000")
            try await body(server, token) { request in
                var request = request
                request.form = form
                return try await node.ask(request)
            }
        }
    }

    // MARK: - Raise

    @Test("a raise stores the larger counter if the lock is ours, and keeps it for a day", arguments: forms)
    func raise(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            let fence: UInt64 = 1_763_700_000_123_456
            #expect(try await ask(.raise("k", token, fence: fence)) == .vote(.granted()))
            #expect(try await server.cli("GET", "redlock.fence:k") == "\(fence)")
            #expect(try await server.milliseconds("PTTL", "redlock.fence:k") > 86_300_000)
            #expect(try await server.milliseconds("PTTL", "k") <= 30_000)
        }
    }

    @Test("a raise never lowers the counter", arguments: forms)
    func raiseNeverLowers(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            for fence in [99, 100, 1] as [UInt64] {
                #expect(try await ask(.raise("k", token, fence: fence)) == .vote(.granted()))
                #expect(try await server.cli("GET", "redlock.fence:k") == "100")
            }
        }
    }

    @Test("a raise without our key is refused and stores nothing: held by another, of another type, gone", arguments: forms)
    func raiseWithoutKey(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.raise("k", .random(), fence: 200)) == .vote(.refused))
            _ = try await server.cli("DEL", "k")
            #expect(try await ask(.raise("k", token, fence: 200)) == .vote(.refused))
            _ = try await server.cli("RPUSH", "k", token.wireForm)
            #expect(try await ask(.raise("k", token, fence: 200)) == .vote(.refused))
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
        }
    }

    // MARK: - Extend

    @Test("an extension moves the expiry forward", arguments: forms)
    func extend(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.extend("k", token, ttl: .seconds(90))) == .vote(.granted()))
            #expect(try await server.cli("GET", "k") == token.wireForm)
            let left = try await server.milliseconds("PTTL", "k")
            #expect(left > 30_000 && left <= 90_000)
            #expect(try await server.milliseconds("PTTL", "redlock.fence:k") <= 30_000)
        }
    }

    @Test("an extension never moves the expiry back", arguments: forms)
    func extendNeverShortens(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            _ = try await server.cli("PEXPIRE", "k", "600000")
            #expect(try await ask(.extend("k", token, ttl: .seconds(30))) == .vote(.granted()))
            #expect(try await server.milliseconds("PTTL", "k") > 90_000)
        }
    }

    @Test("an extension fills the key again where it is gone, with the counter", arguments: forms)
    func extendRefills(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            _ = try await server.cli("FLUSHALL")
            #expect(try await ask(.extend("k", token, ttl: .seconds(90), fence: 7)) == .vote(.granted()))
            #expect(try await server.cli("GET", "k") == token.wireForm)
            let left = try await server.milliseconds("PTTL", "k")
            #expect(left > 30_000 && left <= 90_000)
            #expect(try await server.cli("GET", "redlock.fence:k") == "7")
        }
    }

    @Test("a counter that is past ours, as failed attempts of others leave it, keeps no key from being filled again", arguments: forms)
    func extendPastCounter(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            _ = try await server.cli("DEL", "k")
            #expect(try await ask(.extend("k", token, ttl: .seconds(90), fence: 99)) == .vote(.granted()))
            #expect(try await server.cli("GET", "k") == token.wireForm)
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
        }
    }

    @Test("a key that was taken away from this token is not filled again, and that of another token is", arguments: forms)
    func extendBroken(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            _ = try await server.cli("SET", "redlock.broken:k", token.wireForm, "PX", "30000")
            // It is marked before the key is gone, and what is there is still the holder's.
            #expect(try await ask(.extend("k", token, ttl: .seconds(90), fence: 100)) == .vote(.granted()))
            _ = try await server.cli("DEL", "k")
            for fence in [0, 100] as [UInt64] {
                #expect(try await ask(.extend("k", token, ttl: .seconds(90), fence: fence)) == .vote(.refused))
            }
            #expect(try await server.cli("EXISTS", "k") == "0")
            #expect(try await ask(.extend("k", .random(), ttl: .seconds(90))) == .vote(.granted()))
        }
    }

    @Test("an extension leaves somebody else's key alone, of whatever type, and the counter too", arguments: forms)
    func extendOfAnother(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.extend("k", .random(), ttl: .seconds(90), fence: 200)) == .vote(.refused))
            #expect(try await ask(.extend("k", .random(), ttl: .seconds(90))) == .vote(.refused))
            #expect(try await server.cli("GET", "k") == token.wireForm)
            #expect(try await server.milliseconds("PTTL", "k") <= 30_000)
            _ = try await server.cli("DEL", "k")
            _ = try await server.cli("RPUSH", "k", "theirs")
            #expect(try await ask(.extend("k", token, ttl: .seconds(90), fence: 200)) == .vote(.refused))
            #expect(try await server.cli("TTL", "k") == "-1")
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
        }
    }

    @Test("an extension raises the counter and never lowers it; without a fence it does not touch it", arguments: forms)
    func extendAndCounter(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.extend("k", token, fence: 0)) == .vote(.granted()))
            #expect(try await server.milliseconds("PTTL", "redlock.fence:k") <= 30_000)
            #expect(try await ask(.extend("k", token, fence: 99)) == .vote(.granted()))
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
            #expect(try await server.milliseconds("PTTL", "redlock.fence:k") > 86_300_000)
            #expect(try await ask(.extend("k", token, fence: 1_763_700_000_123_456)) == .vote(.granted()))
            #expect(try await server.cli("GET", "redlock.fence:k") == "1763700000123456")
        }
    }

    // MARK: - Release

    @Test("a release deletes our key, and a second one finds nothing, which is no error", arguments: forms)
    func release(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.release("k", token)) == .released)
            #expect(try await server.cli("EXISTS", "k") == "0")
            #expect(try await ask(.release("k", token)) == .released)
            #expect(try await server.milliseconds("PTTL", "redlock.fence:k") <= 30_000)
        }
    }

    @Test("a release with another token deletes nothing and leaves the counter", arguments: forms)
    func releaseComparesTheToken(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            let near = LockToken(high: token.high, low: token.low ^ 1)
            for other in [.random(), near] {
                #expect(try await ask(.release("k", other)) == .released)
                #expect(try await ask(.release("k", other, fence: 200)) == .released)
            }
            #expect(try await server.cli("GET", "k") == token.wireForm)
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
        }
    }

    @Test("a release leaves a key of another type alone", arguments: forms)
    func releaseOfOtherType(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            _ = try await server.cli("DEL", "k")
            _ = try await server.cli("RPUSH", "k", token.wireForm)
            #expect(try await ask(.release("k", token, fence: 200)) == .released)
            #expect(try await server.cli("EXISTS", "k") == "1")
        }
    }

    @Test("a release raises the counter and never lowers it", arguments: forms)
    func releaseAndCounter(form: CommandBatch.ScriptForm) async throws {
        try await withLock(form) { server, token, ask async throws in
            #expect(try await ask(.release("k", token, fence: 99)) == .released)
            #expect(try await server.cli("GET", "redlock.fence:k") == "100")
            _ = try await server.cli("SET", "k", token.wireForm)
            #expect(try await ask(.release("k", token, fence: 101)) == .released)
            #expect(try await server.cli("GET", "redlock.fence:k") == "101")
            #expect(try await server.cli("EXISTS", "k") == "0")
        }
    }

    @Test("without the right to GET an extension and a release are failures, not refusals", arguments: forms)
    func withoutRight(form: CommandBatch.ScriptForm) async throws {
        try await withRedisServer { server async throws in
            _ = try await server.cli("ACL", "SETUSER", "locker", "on", ">secret", "~*", "+@all", "-get")
            try await withNode("redis://locker:secret@127.0.0.1:\(server.port)") { node async throws in
                try await node.waitUntilUp()
                let token = LockToken.random()
                _ = try await server.cli("SET", "k", token.wireForm, "PX", "30000")
                var extend = TestNode.Request.extend("k", token, ttl: .seconds(90))
                var release = TestNode.Request.release("k", token)
                var acquire = TestNode.Request.fencedAcquire("k", .random())
                (extend.form, release.form, acquire.form) = (form, form, form)
                #expect(try await node.ask(acquire) == .vote(.failed))
                #expect(try await node.ask(extend) == .vote(.failed))
                #expect(try await node.fault?.kind == .denied)
                #expect(try await node.fault?.detail.contains("scripts need") == true)
                #expect(try await node.ask(release) == .notReleased)
                #expect(try await server.cli("GET", "k") == token.wireForm)
            }
        }
    }

    @Test("a release that meets a counter of another type has not deleted the lock, and does not say so")
    func releaseBesideStrangeCounter() async throws {
        try await withLock(.digest) { server, token, ask async throws in
            _ = try await server.cli("DEL", "redlock.fence:k")
            _ = try await server.cli("RPUSH", "redlock.fence:k", "theirs")
            #expect(try await ask(.release("k", token, fence: 200)) == .notReleased)
            #expect(try await server.cli("GET", "k") == token.wireForm)
            #expect(try await ask(.release("k", token)) == .released)
        }
    }
}
