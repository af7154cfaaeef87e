import RedlockCore
import RedlockNode

/// Something that a user of a node must be allowed to do, as ACL SETUSER grants it.
enum LockRight: Sendable, Hashable {
    /// A command, as it is granted: `get`, `script|load`.
    case command(String)
    /// The keys that begin so.
    case keys(String)

    /// What no lock needs: this program alone does, clients that leave a name do to say that they wait, and extensions do to see
    /// that a lock was taken away by force.
    var isForLookingOn: Bool {
        switch self {
        case .command(let name): Self.forLookingOn.contains(name)
        case .keys(let prefix): prefix.hasPrefix("\(LockKey.waitingPrefix)") || prefix.hasPrefix("\(LockKey.brokenPrefix)")
        }
    }

    private static let forLookingOn: Set = [
        "type", "getrange", "scan", "zcard", "zrange", "zadd", "zrem", "zremrangebyscore",
    ]

    /// What stands in the line for ACL SETUSER.
    var grant: String {
        switch self {
        case .command(let name): "+\(name)"
        // In a pattern of an ACL line a blank would begin the next rule.
        case .keys(let prefix): "~\(Glob.escaped(prefix).replacing(" ", with: "?"))*"
        }
    }
}

/// What the library and this program send to a node, each command once, on a key of the doctor's own that is deleted again.
///
/// Whoever adds a command to the handshake, the batches or the scripts adds it here.
struct RightsProbe: Sendable {
    /// One command and the right it needs.
    struct Attempt: Sendable {
        let right: LockRight
        /// Before the key of the command, for which a refusal can also mean a key pattern.
        let keys: LockRight?
        let arguments: [[UInt8]]
    }

    /// What is tried, in an order in which the last ones delete what the first ones wrote.
    let attempts: [Attempt]

    /// - Parameters:
    ///   - prefix: what locks begin with.
    ///   - nonce: makes the key one that nobody else uses.
    ///   - database: what the URL names; SELECT is needed for any but the first.
    init(prefix: String, database: Int, nonce: UInt64) {
        let key = LockKey("\(prefix)redlock.doctor:\(String(nonce, radix: 16))")
        let (locks, fences) = (LockRight.keys(prefix), LockRight.keys("\(LockKey.fencePrefix)\(prefix)"))
        let (waiting, list) = (LockRight.keys("\(LockKey.waitingPrefix)\(prefix)"), key.waitingName)
        let (broken, mark) = (LockRight.keys("\(LockKey.brokenPrefix)\(prefix)"), key.brokenName)
        let (name, fence, token, ttl) = (key.name, key.fenceName, "redlock-doctor", "1000")
        func attempt(_ command: String, _ keys: LockRight?, _ arguments: String...) -> Attempt {
            Attempt(right: .command(command), keys: keys, arguments: arguments.map { Array($0.utf8) })
        }
        attempts =
            [
                // What the scripts call, and the plain acquire.
                attempt("set", locks, "SET", name, token, "NX", "PX", ttl), attempt("set", fences, "SET", fence, "1", "PX", ttl),
                attempt("get", locks, "GET", name), attempt("get", fences, "GET", fence), attempt("pttl", locks, "PTTL", name),
                attempt("pexpire", locks, "PEXPIRE", name, ttl), attempt("time", nil, "TIME"),
            ]
            // The handshake.
            + LockScripts.all.map { attempt("script|load", nil, "SCRIPT", "LOAD", $0.source) } + [
                attempt("info", nil, "INFO", "server"),
                attempt("client|setname", nil, "CLIENT", "SETNAME", "redlock-doctor"),
                attempt("evalsha", locks, "EVALSHA", LockScripts.release.digest, "1", name, token),
                attempt("eval", nil, "EVAL", "return 1", "0"),
                // What says who waits. Nothing is added: XX changes only what is there.
                // GET is there for the keys alone: who may not do the others is not told whether the keys are his.
                attempt("get", waiting, "GET", list), attempt("get", broken, "GET", mark),
                attempt("zadd", waiting, "ZADD", list, "XX", "0", token), attempt("zrem", waiting, "ZREM", list, token),
                attempt("zremrangebyscore", waiting, "ZREMRANGEBYSCORE", list, "0", "0"), attempt("zcard", waiting, "ZCARD", list),
                attempt("zrange", waiting, "ZRANGE", list, "0", "0"),
                // What this program needs beyond the library.
                attempt("type", locks, "TYPE", name), attempt("getrange", locks, "GETRANGE", name, "0", "0"),
                attempt("scan", nil, "SCAN", "0", "COUNT", "1"), attempt("del", locks, "DEL", name), attempt("del", fences, "DEL", fence),
            ] + (database == 0 ? [] : [attempt("select", nil, "SELECT", "\(database)")])
    }

    /// What the replies to the attempts say: which rights are missing, and why a write was refused otherwise.
    func read(_ replies: [RESPValue]) -> (missing: [LockRight], writeFault: NodeFault?) {
        var missing: [LockRight] = []
        var writeFault: NodeFault?
        for (attempt, reply) in zip(attempts, replies) {
            guard case .error(let text) = reply else { continue }
            if text.hasPrefix("NOPERM") {
                let isAboutKeys = text.contains("access a key") || text.contains("access one of the keys")
                let right = isAboutKeys ? attempt.keys ?? attempt.right : attempt.right
                if !missing.contains(right) { missing.append(right) }
            } else if case .command("set") = attempt.right {
                writeFault = NodeFault(errorReply: text)
            }
        }
        return (missing, writeFault)
    }
}
