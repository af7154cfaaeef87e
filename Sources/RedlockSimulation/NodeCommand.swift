package import RedlockCore

/// A key on a node: a lock, or the fencing counter beside it.
package enum NodeKey: Hashable, Sendable {
    case lock(LockKey)
    case fence(LockKey)
}

/// What a node can be asked, as far as locks go. Times are whole milliseconds, as Redis counts them.
package enum NodeCommand: Hashable, Sendable {
    /// `SET key token NX PX ttl`: an acquire without fencing.
    case setIfAbsent(LockKey, token: LockToken, ttl: Int64)
    /// The acquire script. `hint` and `clamp` in microseconds.
    case acquire(LockKey, token: LockToken, ttl: Int64, hint: Int64, clamp: Int64, fenceTTL: Int64)
    case raise(LockKey, token: LockToken, fence: UInt64, fenceTTL: Int64)
    /// `fence` 0: without the counter.
    case extend(LockKey, token: LockToken, ttl: Int64, fence: UInt64, fenceTTL: Int64)
    case release(LockKey, token: LockToken, fence: UInt64, fenceTTL: Int64)

    /// `INFO server`, reduced to what matters here.
    case info
    /// `SCRIPT LOAD` of every script, and `SCRIPT FLUSH`.
    case loadScripts
    case forgetScripts
    case get(NodeKey)
    case pttl(NodeKey)
    case delete(NodeKey)
    /// `SET key value`, with `PX` if there is a ttl.
    case set(NodeKey, NodeValue, ttl: Int64?)
    case expire(NodeKey, ttl: Int64)
    case persist(NodeKey)
    case flush

    /// The script it runs, if it is one.
    package var script: NodeScripts? {
        switch self {
        case .acquire: .acquire
        case .raise: .raise
        case .extend: .extend
        case .release: .release
        default: nil
        }
    }

    /// The token in whose name the command is sent, if it is about a lock.
    package var token: LockToken? {
        switch self {
        case .setIfAbsent(_, let token, _), .acquire(_, let token, _, _, _, _), .raise(_, let token, _, _), .extend(_, let token, _, _, _),
            .release(_, let token, _, _):
            token
        default: nil
        }
    }
}

/// Scripts that a node knows by their digest, until it restarts or is told to forget them.
package struct NodeScripts: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) { self.rawValue = rawValue }

    package static let acquire = NodeScripts(rawValue: 1)
    package static let raise = NodeScripts(rawValue: 2)
    package static let extend = NodeScripts(rawValue: 4)
    package static let release = NodeScripts(rawValue: 8)
    package static let all: NodeScripts = [.acquire, .raise, .extend, .release]
}

/// What a key can hold.
package enum NodeValue: Hashable, Sendable {
    case token(LockToken)
    case counter(UInt64)
    case text(String)
    /// A value that is no string: GET on it is an error.
    case list
}

/// What a node answers.
package enum NodeReply: Hashable, Sendable {
    case ok
    case null
    case integer(Int64)
    case value(NodeValue)
    case wrongType
    /// `NOSCRIPT`: nothing was executed, because the node does not know the digest.
    case noScript
    /// Run identity and uptime in whole seconds.
    case info(run: Int, uptime: Int64)
}
