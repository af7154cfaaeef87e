import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// What the acquire does on a real server, seen by redis-cli.
@Suite("Acquire", .timeLimit(.minutes(2)))
struct AcquireTests {
    @Test("a free key is taken: the token stands under it for the ttl, and no counter beside it")
    func plainFree() async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            #expect(try await node.ask(.acquire("größe/🔒 1", token, ttl: .seconds(30))) == .vote(.granted()))
            #expect(try await server.cli("GET", "größe/🔒 1") == token.wireForm)
            let left = try await server.milliseconds("PTTL", "größe/🔒 1")
            #expect(left > 0 && left <= 30_000)
            #expect(try await server.cli("DBSIZE") == "1")
        }
    }

    @Test("a held key is refused to others, to its own token too, and is left as it is")
    func plainHeld() async throws {
        try await withServerAndNode { server, node async throws in
            let holder = LockToken.random()
            #expect(try await node.ask(.acquire("k", holder, ttl: .seconds(30))) == .vote(.granted()))
            #expect(try await node.ask(.acquire("k", .random(), ttl: .seconds(90))) == .vote(.refused))
            #expect(try await node.ask(.acquire("k", holder, ttl: .seconds(90))) == .vote(.refused))
            #expect(try await server.cli("GET", "k") == holder.wireForm)
            #expect(try await server.milliseconds("PTTL", "k") <= 30_000)
        }
    }

    @Test("a key of another type is refused and left alone, with fencing and without")
    func otherType() async throws {
        try await withServerAndNode { server, node async throws in
            _ = try await server.cli("RPUSH", "k", "theirs")
            #expect(try await node.ask(.acquire("k", .random())) == .vote(.refused))
            #expect(try await node.ask(.fencedAcquire("k", .random())) == .vote(.refused))
            #expect(try await server.cli("LRANGE", "k", "0", "-1") == "theirs")
            #expect(try await server.cli("DBSIZE") == "1")
        }
    }

    @Test("a fenced acquire stores the counter it proposes, in digits, for a day", arguments: [CommandBatch.ScriptForm.digest, .source])
    func fencedFree(form: CommandBatch.ScriptForm) async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            var request = TestNode.Request.fencedAcquire("k", token, ttl: .seconds(30))
            request.form = form
            let fence = try await node.fence(request)
            #expect(try await server.cli("GET", "k") == token.wireForm)
            #expect(try await server.milliseconds("PTTL", "k") <= 30_000)
            // Lua on its own would write 1.7637e+15.
            #expect(try await server.cli("GET", "redlock.fence:k") == "\(fence)")
            let left = try await server.milliseconds("PTTL", "redlock.fence:k")
            #expect(left > 86_300_000 && left <= 86_400_000)
        }
    }

    @Test("a held key is refused with fencing too, and neither key changes; the node says for how long")
    func fencedHeld() async throws {
        try await withServerAndNode { server, node async throws in
            let holder = LockToken.random()
            let fence = try await node.fence(.fencedAcquire("k", holder, ttl: .seconds(30)))
            #expect(try await node.ask(.fencedAcquire("k", .random(), ttl: .seconds(90), hint: .max)) == .vote(.refused))
            #expect(try await server.cli("GET", "k") == holder.wireForm)
            #expect(try await server.cli("GET", "redlock.fence:k") == "\(fence)")
            let answer = try #require(
                Int64(
                    try await server.cli(
                        "EVALSHA", LockScripts.acquire.digest, "2", "k", "redlock.fence:k", "other", "1000", "0", "1000000", "1000")))
            #expect(answer <= -1 && answer >= -30_001)
            _ = try await server.cli("PERSIST", "k")
            #expect(try await node.ask(.fencedAcquire("k", .random())) == .vote(.refused))
        }
    }

    @Test("delivered twice, a fenced acquire answers the same and changes nothing")
    func fencedTwice() async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            let first = try await node.fence(.fencedAcquire("k", token, ttl: .seconds(30)))
            let second = try await node.fence(.fencedAcquire("k", token, ttl: .seconds(90), hint: .max))
            #expect(first == second)
            #expect(try await server.milliseconds("PTTL", "k") <= 30_000)
            #expect(try await server.cli("GET", "redlock.fence:k") == "\(first)")
        }
    }

    @Test("proposals rise strictly, whatever the hints, and also when the key expired instead of being released")
    func strictlyRising() async throws {
        try await withServerAndNode { server, node async throws in
            var last: UInt64 = 0
            for hint in [Int64.max, 0, .min, 0, .max, 1_763_700_000_123_456, 0, 0, .max, -1] {
                let token = LockToken.random()
                let fence = try await node.fence(.fencedAcquire("k", token, hint: hint))
                #expect(fence > last, "hint \(hint)")
                last = fence
                if hint == 0 {
                    _ = try await server.cli("DEL", "k")
                } else {
                    #expect(try await node.ask(.release("k", token)) == .released)
                }
            }
        }
    }

    @Test("a counter that is ahead of every clock goes on by one")
    func counterAhead() async throws {
        try await withServerAndNode { server, node async throws in
            let ahead = try await server.microseconds() + 3_600_000_000
            _ = try await server.cli("SET", "redlock.fence:k", "\(ahead)")
            let fence = try await node.fence(.fencedAcquire("k", .random(), hint: .max))
            #expect(fence == UInt64(ahead + 1))
            #expect(try await server.cli("GET", "redlock.fence:k") == "\(ahead + 1)")
        }
    }

    @Test("a hint counts as it is within a second of the server's clock, and is clamped to that beyond")
    func clamp() async throws {
        try await withServerAndNode { server, node async throws in
            let hint = try await server.microseconds() + 123_456
            // Far within the second, unless this machine stands still for most of it.
            #expect(try await node.fence(.fencedAcquire("exact", .random(), hint: hint)) == UInt64(hint))
            for (key, hint, offset) in [("low", Int64.min, Int64(-1_000_000)), ("zero", 0, -1_000_000), ("high", .max, 1_000_000)] {
                let before = try await server.microseconds()
                let fence = Int64(try await node.fence(.fencedAcquire(key, .random(), hint: hint)))
                let after = try await server.microseconds()
                #expect(fence >= before + offset && fence <= after + offset, "\(key)")
            }
        }
    }

    @Test("a counter that is no number counts as none, and one of another type is in the way")
    func strangeCounter() async throws {
        try await withServerAndNode { server, node async throws in
            _ = try await server.cli("SET", "redlock.fence:a", "not a number")
            #expect(try await node.fence(.fencedAcquire("a", .random())) > 1_000_000_000_000_000)
            _ = try await server.cli("RPUSH", "redlock.fence:b", "theirs")
            #expect(try await node.ask(.fencedAcquire("b", .random())) == .vote(.refused))
            // Everything is checked before the first write: nothing of ours is there.
            #expect(try await server.cli("EXISTS", "b") == "0")
        }
    }
}
