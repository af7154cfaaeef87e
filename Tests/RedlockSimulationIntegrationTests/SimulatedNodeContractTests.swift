import Foundation
import RedlockCore
import RedlockNode
import RedlockServers
import RedlockSimulation
import Testing

/// The model of a node against a real redis-server: the same random commands, the same replies, and the same time to live
/// within what the commands themselves take.
struct SimulatedNodeContractTests {
    /// Fewer milliseconds than this apart is the same, for times to live and for proposals that follow the clock.
    private static let tolerance: Int64 = 2_000

    @Test("A simulated node answers like a real one", .timeLimit(.minutes(2)), arguments: [1, 2, 3] as [UInt64])
    func contract(seed: UInt64) async throws {
        try await withRedisServer { server in
            var random = PRNG(seed: seed)
            var node = SimulatedNode(startedAt: Self.now)
            var granted = 0
            for step in 0..<200 {
                let command = Self.command(&random)
                let printed = try await server.cli(arguments: Self.arguments(command))
                let reply = node.apply(command, at: Self.now)
                #expect(
                    Self.agree(Self.text(reply), printed, command),
                    "step \(step): \(command) gave \(printed), the model says \(Self.text(reply))")
                // Proposals follow two readings of the clock; the model goes on with the server's.
                if case .acquire(let key, _, _, _, _, let fenceTTL) = command, let proposal = UInt64(printed), proposal > 0 {
                    granted += 1
                    _ = node.apply(.set(.fence(key), .counter(proposal), ttl: fenceTTL), at: Self.now)
                }
                if case .setIfAbsent(_, _, 1) = command { try await Task.sleep(for: .milliseconds(20)) }
            }
            #expect(granted > 5)
        }
    }

    @Test("Both know a script by its digest when it was loaded or sent in full, and neither after a flush", .timeLimit(.minutes(1)))
    func scripts() async throws {
        try await withRedisServer { server in
            var random = PRNG(seed: 4)
            var node = SimulatedNode(startedAt: Self.now)
            let key = LockKey("a")
            let token = LockToken(high: 7, low: 1)
            let release = NodeCommand.release(key, token: token, fence: 0, fenceTTL: 0)
            let extend = NodeCommand.extend(key, token: token, ttl: 60_000, fence: 0, fenceTTL: 0)
            var missing = 0
            for step in 0..<60 {
                let command = random.pick([release, extend])
                var arguments = Self.arguments(command)
                let reply: NodeReply
                switch random.below(6) {
                case 0:
                    _ = try await server.cli("SCRIPT", "FLUSH")
                    _ = node.apply(.forgetScripts, at: Self.now)
                    continue
                case 1:
                    for script in LockScripts.all { _ = try await server.cli("SCRIPT", "LOAD", script.source) }
                    _ = node.apply(.loadScripts, at: Self.now)
                    continue
                case 2:
                    reply = node.apply(command, at: Self.now)
                default:
                    let script = command == release ? LockScripts.release : LockScripts.extend
                    arguments.replaceSubrange(0..<2, with: ["EVALSHA", script.digest])
                    reply = node.applyByDigest(command, at: Self.now)
                }
                let printed = try await server.cli(arguments: arguments)
                if reply == .noScript { missing += 1 }
                let agrees = reply == .noScript ? printed.contains("NOSCRIPT") : Self.text(reply) == printed
                #expect(agrees, "step \(step): \(command) gave \(printed), the model says \(reply)")
            }
            #expect(missing > 3)
        }
    }

    private static var now: Instant { Instant(nanoseconds: Int64(Date().timeIntervalSince1970 * 1_000_000) * 1_000) }

    private static func command(_ random: inout PRNG) -> NodeCommand {
        let key = LockKey(random.pick(["a", "b"]))
        let token = LockToken(high: 7, low: UInt64(random.below(3)))
        let ttl = random.pick([30_000, 60_000, 90_000] as [Int64])
        let fence = UInt64(now.nanoseconds / 1_000 + random.pick([-5_000_000, 5_000_000]))
        switch random.below(14) {
        case 0: return .setIfAbsent(key, token: token, ttl: random.pick([1, ttl]))
        case 1...3:
            // Counters that run ahead of the clock, and hints on either side of it.
            let hint = now.nanoseconds / 1_000 + random.pick([-10_000_000, 0, 10_000_000])
            return .acquire(key, token: token, ttl: ttl, hint: hint, clamp: 1_000_000, fenceTTL: 86_400_000)
        case 4: return .raise(key, token: token, fence: fence, fenceTTL: 86_400_000)
        case 5: return .extend(key, token: token, ttl: ttl, fence: fence, fenceTTL: 86_400_000)
        case 6: return .extend(key, token: token, ttl: ttl, fence: 0, fenceTTL: 0)
        case 7, 8: return .release(key, token: token, fence: random.pick([0, fence]), fenceTTL: 86_400_000)
        case 9: return .get(random.pick([.lock(key), .fence(key)]))
        case 10: return .pttl(random.pick([.lock(key), .fence(key)]))
        case 11: return .delete(random.pick([.lock(key), .fence(key)]))
        case 12: return .persist(.lock(key))
        default: return random.chance(1, in: 4) ? .flush : .expire(.lock(key), ttl: ttl)
        }
    }

    private static func arguments(_ command: NodeCommand) -> [String] {
        func eval(_ script: LockScript, _ key: LockKey, _ isFenced: Bool, _ rest: [String]) -> [String] {
            ["EVAL", script.source, isFenced ? "2" : "1", key.name] + (isFenced ? [key.fenceName] : []) + rest
        }
        func name(_ key: NodeKey) -> String {
            switch key {
            case .lock(let key): key.name
            case .fence(let key): key.fenceName
            }
        }
        switch command {
        case .setIfAbsent(let key, let token, let ttl): return ["SET", key.name, token.wireForm, "NX", "PX", "\(ttl)"]
        case .acquire(let key, let token, let ttl, let hint, let clamp, let fenceTTL):
            return eval(LockScripts.acquire, key, true, [token.wireForm, "\(ttl)", "\(hint)", "\(clamp)", "\(fenceTTL)"])
        case .raise(let key, let token, let fence, let fenceTTL):
            return eval(LockScripts.raise, key, true, [token.wireForm, "\(fence)", "\(fenceTTL)"])
        case .extend(let key, let token, let ttl, let fence, let fenceTTL):
            return eval(LockScripts.extend, key, fence > 0, [token.wireForm, "\(ttl)"] + (fence > 0 ? ["\(fence)", "\(fenceTTL)"] : []))
        case .release(let key, let token, let fence, let fenceTTL):
            return eval(LockScripts.release, key, fence > 0, [token.wireForm] + (fence > 0 ? ["\(fence)", "\(fenceTTL)"] : []))
        case .get(let key): return ["GET", name(key)]
        case .pttl(let key): return ["PTTL", name(key)]
        case .delete(let key): return ["DEL", name(key)]
        case .expire(let key, let ttl): return ["PEXPIRE", name(key), "\(ttl)"]
        case .persist(let key): return ["PERSIST", name(key)]
        case .flush: return ["FLUSHALL"]
        case .info, .set, .loadScripts, .forgetScripts: return ["PING"]
        }
    }

    /// As redis-cli prints it when nobody reads along.
    private static func text(_ reply: NodeReply) -> String {
        switch reply {
        case .ok: "OK"
        case .null: ""
        case .integer(let value): "\(value)"
        case .value(.token(let token)): token.wireForm
        case .value(.counter(let count)): "\(count)"
        case .value(.text(let text)): text
        case .value(.list), .wrongType, .noScript, .info: "?"
        }
    }

    private static func agree(_ model: String, _ server: String, _ command: NodeCommand) -> Bool {
        if model == server { return true }
        guard let a = Int64(model), let b = Int64(server) else { return false }
        switch command {
        case .pttl: return a > 0 && b > 0 && abs(a - b) < tolerance
        case .acquire where a > 0 && b > 0: return abs(a - b) < tolerance * 1_000
        case .acquire where a < 0 && b < 0: return abs(a - b) < tolerance
        default: return false
        }
    }
}

extension RedisServer {
    /// `cli` for a list of arguments.
    fileprivate func cli(arguments: [String]) async throws -> String {
        switch arguments.count {
        case 1: try await cli(arguments[0])
        case 2: try await cli(arguments[0], arguments[1])
        case 3: try await cli(arguments[0], arguments[1], arguments[2])
        case 5: try await cli(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4])
        case 6: try await cli(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5])
        case 7: try await cli(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6])
        case 8:
            try await cli(arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6], arguments[7])
        case 9:
            try await cli(
                arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6], arguments[7], arguments[8]
            )
        default:
            try await cli(
                arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5], arguments[6], arguments[7],
                arguments[8],
                arguments[9])
        }
    }
}
