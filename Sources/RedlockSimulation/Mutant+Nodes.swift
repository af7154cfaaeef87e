import RedlockCore

/// Scripts that are wrong, said with commands that are right.
extension Mutant {
    static func execute(_ command: NodeCommand, under mutant: Mutant?, on node: inout SimulatedNode, at now: Instant) -> NodeReply {
        guard let mutant else { return node.apply(command, at: now) }
        switch (mutant, command) {
        case (.acquireOverwrites, .acquire(let key, _, _, _, _, _)), (.acquireOverwrites, .setIfAbsent(let key, _, _)),
            (.extendOverwrites, .extend(let key, _, _, _, _)):
            _ = node.apply(.delete(.lock(key)), at: now)
            return node.apply(command, at: now)
        case (.acquireWithoutExpiry, .acquire(let key, let token, _, _, _, _)),
            (.acquireWithoutExpiry, .setIfAbsent(let key, let token, _)):
            let reply = node.apply(command, at: now)
            if node[.lock(key)]?.value == .token(token) { _ = node.apply(.persist(.lock(key)), at: now) }
            return reply
        case (.raiseWithoutKeyCheck, .raise(let key, _, let fence, let ttl)):
            if case .counter(let stored)? = node.entry(.fence(key), at: now)?.value, stored > fence { return .integer(1) }
            _ = node.apply(.set(.fence(key), .counter(fence), ttl: ttl), at: now)
            return .integer(1)
        case (.extendShortens, .extend(let key, _, let ttl, _, _)):
            let reply = node.apply(command, at: now)
            if case .integer(let outcome) = reply, outcome > 0 { _ = node.apply(.expire(.lock(key), ttl: ttl), at: now) }
            return reply
        case (.releaseWithoutCompare, .release(let key, _, _, _)):
            return node.apply(.delete(.lock(key)), at: now)
        case (.counterNotStored, .acquire(let key, _, _, _, _, _)):
            let before = node[.fence(key)]
            let reply = node.apply(command, at: now)
            node[.fence(key)] = before
            return reply
        case (.counterLogical, .acquire(let key, let token, let ttl, _, _, let fenceTTL)):
            let stored: UInt64 = if case .counter(let count)? = node.entry(.fence(key), at: now)?.value { count } else { 0 }
            let before = node.entry(.lock(key), at: now)
            let reply = node.apply(command, at: now)
            guard before == nil, node[.lock(key)]?.value == .token(token) else { return reply }
            _ = node.apply(.set(.lock(key), .token(token), ttl: ttl), at: now)
            _ = node.apply(.set(.fence(key), .counter(stored + 1), ttl: fenceTTL), at: now)
            return .integer(Int64(stored + 1))
        case (.counterUnclamped, .acquire(let key, let token, let ttl, let hint, _, let fenceTTL)):
            return node.apply(.acquire(key, token: token, ttl: ttl, hint: hint, clamp: .max / 4, fenceTTL: fenceTTL), at: now)
        default:
            return node.apply(command, at: now)
        }
    }
}
