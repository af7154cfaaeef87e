import NIOCore
import RedlockCore
import Testing

@testable import RedlockNode

/// What stands on the wire, byte for byte: other Redlock libraries and the servers' scripts depend on it.
@Suite("CommandBatch", .timeLimit(.minutes(1)))
struct CommandBatchTests {
    static let token = LockToken(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    static let digits = "0123456789abcdeffedcba9876543210"
    static let fences = FenceTerms(quarantine: .seconds(60))
    static let all = NodeSet.all(3)
    static let ticket = NodeTicket(.acquire, slot: 0, round: 0)

    /// A command of these arguments, encoded apart from the code under test.
    private static func command(_ arguments: String...) -> String {
        arguments.reduce("*\(arguments.count)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
    }

    private static func batch(
        _ requests: NodeRequest..., key: String = "orders/42", hint: Int64 = 0, as form: CommandBatch.ScriptForm = .digest
    )
        -> String
    {
        var batch = CommandBatch(allocator: ByteBufferAllocator())
        for request in requests { batch.append(request, key: LockKey(key), fences: fences, hint: hint, as: form, to: all, ticket) }
        return String(buffer: batch.buffer)
    }

    private static func release(fence: UInt64, as form: CommandBatch.ScriptForm = .digest) -> String {
        var batch = CommandBatch(allocator: ByteBufferAllocator())
        batch.append(releaseOf: token, fence: fence, key: LockKey("k"), fences: fences, as: form, to: all, ticket)
        return String(buffer: batch.buffer)
    }

    @Test("an acquire without fencing is SET key token NX PX ms, as every Redlock library writes it")
    func plainAcquire() {
        #expect(
            Self.batch(.acquire(token: Self.token, ttl: .seconds(10), fencing: false))
                == "*6\r\n$3\r\nSET\r\n$9\r\norders/42\r\n$32\r\n\(Self.digits)\r\n$2\r\nNX\r\n$2\r\nPX\r\n$5\r\n10000\r\n")
    }

    @Test("a fenced acquire is EVALSHA with lock and counter, token, ttl, hint, clamp and the counter's ttl")
    func fencedAcquire() {
        #expect(
            Self.batch(.acquire(token: Self.token, ttl: .milliseconds(1_500), fencing: true), hint: 1_763_700_000_123_456)
                == Self.command(
                    "EVALSHA", LockScripts.acquire.digest, "2", "orders/42", "redlock.fence:orders/42", Self.digits, "1500",
                    "1763700000123456", "1000000", "86400000"))
    }

    @Test("a raise is EVALSHA with token, fence and the counter's ttl")
    func raise() {
        #expect(
            Self.batch(.raise(token: Self.token, fence: 77))
                == Self.command(
                    "EVALSHA", LockScripts.raise.digest, "2", "orders/42", "redlock.fence:orders/42", Self.digits, "77", "86400000"))
    }

    @Test("an extension names the counter only if there is a fence")
    func extend() {
        #expect(
            Self.batch(.extend(token: Self.token, ttl: .seconds(30), fence: 0))
                == Self.command("EVALSHA", LockScripts.extend.digest, "1", "orders/42", Self.digits, "30000"))
        #expect(
            Self.batch(.extend(token: Self.token, ttl: .seconds(30), fence: 9))
                == Self.command(
                    "EVALSHA", LockScripts.extend.digest, "2", "orders/42", "redlock.fence:orders/42", Self.digits, "30000", "9", "86400000"
                ))
    }

    @Test("a release names the counter only if there is a fence")
    func releases() {
        #expect(Self.release(fence: 0) == Self.command("EVALSHA", LockScripts.release.digest, "1", "k", Self.digits))
        #expect(
            Self.release(fence: 9)
                == Self.command("EVALSHA", LockScripts.release.digest, "2", "k", "redlock.fence:k", Self.digits, "9", "86400000"))
    }

    @Test("in source form it is EVAL with the whole script and the same arguments")
    func source() {
        #expect(Self.release(fence: 0, as: .source) == Self.command("EVAL", LockScripts.release.source, "1", "k", Self.digits))
        #expect(
            Self.batch(.raise(token: Self.token, fence: 77), as: .source)
                == Self.command(
                    "EVAL", LockScripts.raise.source, "2", "orders/42", "redlock.fence:orders/42", Self.digits, "77", "86400000"))
        #expect(
            Self.batch(.acquire(token: Self.token, ttl: .seconds(1), fencing: false), as: .source)
                == Self.command("SET", "orders/42", Self.digits, "NX", "PX", "1000"))
    }

    @Test("a holder's name stands behind the token, in every command and both forms", arguments: [CommandBatch.ScriptForm.digest, .source])
    func named(form: CommandBatch.ScriptForm) {
        let name = String(repeating: "ü", count: 64)
        let value = "\(Self.digits) \(name)"
        let (command, pick) = form == .digest ? ("EVALSHA", \LockScript.digest) : ("EVAL", \.source)
        var batch = CommandBatch(allocator: ByteBufferAllocator(), holder: name)
        for request in [
            NodeRequest.acquire(token: Self.token, ttl: .seconds(1), fencing: false),
            .acquire(token: Self.token, ttl: .seconds(1), fencing: true), .raise(token: Self.token, fence: 7),
            .extend(token: Self.token, ttl: .seconds(1), fence: 0),
        ] {
            batch.append(request, key: LockKey("k"), fences: Self.fences, hint: .min, as: form, to: Self.all, Self.ticket)
        }
        batch.append(releaseOf: Self.token, fence: 7, key: LockKey("k"), fences: Self.fences, as: form, to: Self.all, Self.ticket)
        func call(_ script: LockScript, _ arguments: String...) -> String {
            ([command, script[keyPath: pick]] + arguments).reduce("*\(arguments.count + 2)\r\n") { $0 + "$\($1.utf8.count)\r\n\($1)\r\n" }
        }
        #expect(
            String(buffer: batch.buffer) == Self.command("SET", "k", value, "NX", "PX", "1000")
                + call(LockScripts.acquire, "2", "k", "redlock.fence:k", value, "1000", "\(Int64.min)", "1000000", "86400000")
                + call(LockScripts.raise, "2", "k", "redlock.fence:k", value, "7", "86400000")
                + call(LockScripts.extend, "1", "k", value, "1000")
                + call(LockScripts.release, "2", "k", "redlock.fence:k", value, "7", "86400000"))
    }

    @Test("who waits is told by a script with the list, the waiter and the span, and taken back by ZREM", arguments: [nil, "größe"])
    func waiters(holder: String?) {
        let member = Self.digits + (holder.map { " \($0)" } ?? "")
        var batch = CommandBatch(allocator: ByteBufferAllocator(), holder: holder)
        batch.append(announcementOf: Self.token, for: Nanoseconds(.max), key: LockKey("k"), to: Self.all, Self.ticket)
        batch.append(withdrawalOf: Self.token, key: LockKey("k"), to: Self.all, Self.ticket)
        #expect(
            String(buffer: batch.buffer)
                == Self.command("EVAL", LockScripts.announceSource, "1", "redlock.waiting:k", member, "\(Int64.max / 1_000_000)")
                + Self.command("ZREM", "redlock.waiting:k", member))
    }

    @Test(
        "keys of any characters and up to 64 KiB are written whole",
        arguments: [
            "größe", "🔒/🔑", "a b\r\nc", "\0", String(repeating: "k", count: LockKey.byteLimit), String(repeating: "é", count: 32 << 10),
        ])
    func keys(key: String) {
        let fence = "redlock.fence:\(key)"
        #expect(
            Self.batch(.acquire(token: Self.token, ttl: .seconds(1), fencing: false), .raise(token: Self.token, fence: 1), key: key)
                == Self.command("SET", key, Self.digits, "NX", "PX", "1000")
                + Self.command("EVALSHA", LockScripts.raise.digest, "2", key, fence, Self.digits, "1", "86400000"))
    }

    @Test("the largest and the smallest numbers fit, in every command and both forms")
    func extremes() {
        let ttl = Nanoseconds(.max)
        let milliseconds = "\(Int64.max / 1_000_000)"
        for (form, name, pick) in [
            (CommandBatch.ScriptForm.digest, "EVALSHA", \LockScript.digest), (.source, "EVAL", \LockScript.source),
        ] {
            for hint in [Int64.min, .max] {
                #expect(
                    Self.batch(.acquire(token: Self.token, ttl: ttl, fencing: true), key: "k", hint: hint, as: form)
                        == Self.command(
                            name, LockScripts.acquire[keyPath: pick], "2", "k", "redlock.fence:k", Self.digits, milliseconds, "\(hint)",
                            "1000000", "86400000"))
            }
            #expect(
                Self.batch(.extend(token: Self.token, ttl: ttl, fence: .max), key: "k", as: form)
                    == Self.command(
                        name, LockScripts.extend[keyPath: pick], "2", "k", "redlock.fence:k", Self.digits, milliseconds,
                        "\(Int64.max)", "86400000"))
        }
    }

    // MARK: - Runs

    /// The runs as nodes and text.
    private func runs(_ batch: CommandBatch) -> [(NodeSet, String)] {
        batch.runs.map { ($0.nodes, batch.buffer.getString(at: $0.bytes.lowerBound, length: $0.bytes.count) ?? "?") }
    }

    private func append(_ key: String, to nodes: NodeSet, _ batch: inout CommandBatch) -> String {
        let before = batch.buffer.readableBytes
        batch.append(
            .acquire(token: Self.token, ttl: .seconds(1), fencing: false), key: LockKey(key), fences: Self.fences, hint: 0, to: nodes,
            NodeTicket(.acquire, slot: UInt32(batch.tickets.count), round: 0))
        return batch.buffer.getString(at: before, length: batch.buffer.readableBytes - before) ?? "?"
    }

    @Test("requests for the same nodes share a run, and one for others begins another")
    func runsMerge() {
        var batch = CommandBatch(allocator: ByteBufferAllocator())
        #expect(batch.isEmpty)
        let one = NodeSet([NodeID(1)])
        let texts = [(Self.all, "a"), (Self.all, "b"), (one, "c"), (one, "d"), (Self.all, "e")].map { append($0.1, to: $0.0, &batch) }
        let runs = runs(batch)
        #expect(runs.map(\.0) == [Self.all, one, Self.all])
        #expect(runs.map(\.1) == [texts[0] + texts[1], texts[2] + texts[3], texts[4]])
        #expect(batch.runs.map { batch.tickets[$0.tickets].map(\.slot) } == [[0, 1], [2, 3], [4]])
        #expect(!batch.isEmpty)
    }

    @Test("a cleared batch begins anew and leaves the bytes that others still hold alone")
    func clear() {
        var batch = CommandBatch(allocator: ByteBufferAllocator())
        let first = append("first", to: Self.all, &batch)
        let held = batch.buffer
        batch.clear()
        #expect(batch.isEmpty && batch.buffer.readableBytes == 0)
        let second = append("other", to: Self.all, &batch)
        #expect(runs(batch).map(\.1) == [second])
        #expect(batch.runs.map { batch.tickets[$0.tickets].map(\.slot) } == [[0]])
        #expect(String(buffer: held) == first)
    }
}
