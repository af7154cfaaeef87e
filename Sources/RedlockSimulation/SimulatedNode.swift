package import RedlockCore

/// One Redis node as far as locks go: pure, `apply(command, at:)`, the same for the simulator, the explorer, tests and
/// RedlockTesting. A contract test holds it against a real redis-server.
///
/// Every instant handed in is one of the node's own wall clock, in nanoseconds since 1970: Redis expires keys and counts
/// uptime by it.
package struct SimulatedNode: Hashable, Sendable {
    package struct Entry: Hashable, Sendable {
        package var value: NodeValue
        /// In milliseconds of the node's wall clock; nil means never.
        package var expiresAt: Int64?
    }

    /// Which run of the server process this is; a restart makes it another.
    package private(set) var run = 1
    /// When this run began.
    package private(set) var startedAt: Instant
    /// By how many milliseconds keys may go early: Redis 7 expires when the clock is past the mark, some servers when it
    /// is on it. The 2 ms in the drift cover both.
    package var expiresEarlyBy: Int64 = 0

    /// The scripts it knows by their digest.
    package private(set) var scripts: NodeScripts = []

    private var locks: [LockKey: Entry] = [:]
    private var fences: [LockKey: Entry] = [:]

    package init(startedAt: Instant) { self.startedAt = startedAt }

    package subscript(key: NodeKey) -> Entry? {
        get {
            switch key {
            case .lock(let key): locks[key]
            case .fence(let key): fences[key]
            }
        }
        set {
            switch key {
            case .lock(let key): locks[key] = newValue
            case .fence(let key): fences[key] = newValue
            }
        }
    }

    /// What the key holds at `now`; nil if nothing, or if it has expired.
    package func entry(_ key: NodeKey, at now: Instant) -> Entry? {
        guard let entry = self[key] else { return nil }
        if let expiresAt = entry.expiresAt, Self.milliseconds(now) + expiresEarlyBy > expiresAt { return nil }
        return entry
    }

    /// Executes a command that names its script by the digest (EVALSHA), as everyone does who expects the node to know it.
    package mutating func applyByDigest(_ command: NodeCommand, at now: Instant) -> NodeReply {
        lacksScript(of: command) ? .noScript : apply(command, at: now)
    }

    func lacksScript(of command: NodeCommand) -> Bool { command.script.map { !scripts.contains($0) } ?? false }

    /// Executes a command atomically. One that carries its script in full (EVAL) teaches the node the script.
    package mutating func apply(_ command: NodeCommand, at now: Instant) -> NodeReply {
        if let script = command.script { scripts.insert(script) }
        switch command {
        case .setIfAbsent(let key, let token, let ttl):
            guard entry(.lock(key), at: now) == nil else { return .null }
            store(.lock(key), .token(token), ttl: ttl, at: now)
            return .ok
        case .acquire(let key, let token, let ttl, let hint, let clamp, let fenceTTL):
            return acquire(key, token, ttl: ttl, hint: hint, clamp: clamp, fenceTTL: fenceTTL, at: now)
        case .raise(let key, let token, let fence, let fenceTTL):
            guard entry(.lock(key), at: now)?.value == .token(token) else { return .integer(0) }
            raise(key, to: fence, fenceTTL: fenceTTL, at: now)
            return .integer(1)
        case .extend(let key, let token, let ttl, let fence, let fenceTTL):
            return extend(key, token, ttl: ttl, fence: fence, fenceTTL: fenceTTL, at: now)
        case .release(let key, let token, let fence, let fenceTTL):
            guard entry(.lock(key), at: now)?.value == .token(token) else { return .integer(0) }
            self[.lock(key)] = nil
            if counter(key, at: now) < fence { store(.fence(key), .counter(fence), ttl: fenceTTL, at: now) }
            return .integer(1)
        default:
            return plain(command, at: now)
        }
    }

    // MARK: The scripts

    private mutating func acquire(
        _ key: LockKey, _ token: LockToken, ttl: Int64, hint: Int64, clamp: Int64, fenceTTL: Int64, at now: Instant
    ) -> NodeReply {
        let holder = entry(.lock(key), at: now)
        if holder?.value == .list { return .integer(0) }
        let counter = counter(key, at: now)
        if holder?.value == .token(token) { return .integer(Int64(counter)) }
        if let holder { return .integer(-1 - (holder.expiresAt.map { $0 - Self.milliseconds(now) } ?? -1)) }
        let time = now.nanoseconds / 1_000
        let proposal = max(counter + 1, UInt64(max(time - clamp, min(hint, time + clamp))))
        store(.lock(key), .token(token), ttl: ttl, at: now)
        store(.fence(key), .counter(proposal), ttl: fenceTTL, at: now)
        return .integer(Int64(proposal))
    }

    private mutating func extend(
        _ key: LockKey, _ token: LockToken, ttl: Int64, fence: UInt64, fenceTTL: Int64, at now: Instant
    ) -> NodeReply {
        let holder = entry(.lock(key), at: now)
        if let holder, holder.value != .token(token) { return .integer(0) }
        if let expiresAt = holder?.expiresAt {
            if expiresAt - Self.milliseconds(now) < ttl { expire(.lock(key), ttl: ttl, at: now) }
        } else {
            // Absent, or without an expiry: PTTL says less than any ttl for both.
            store(.lock(key), .token(token), ttl: ttl, at: now)
        }
        if fence > 0 { raise(key, to: fence, fenceTTL: fenceTTL, at: now) }
        return .integer(holder == nil ? 2 : 1)
    }

    /// Stores the counter where it is lower, and lets it live on where it is not.
    private mutating func raise(_ key: LockKey, to fence: UInt64, fenceTTL: Int64, at now: Instant) {
        store(.fence(key), .counter(max(counter(key, at: now), fence)), ttl: fenceTTL, at: now)
    }

    // MARK: Plain commands

    private mutating func plain(_ command: NodeCommand, at now: Instant) -> NodeReply {
        switch command {
        case .info:
            return .info(run: run, uptime: uptime(at: now))
        case .loadScripts:
            scripts = .all
            return .ok
        case .forgetScripts:
            scripts = []
            return .ok
        case .get(let key):
            guard let value = entry(key, at: now)?.value else { return .null }
            return value == .list ? .wrongType : .value(value)
        case .pttl(let key):
            guard let entry = entry(key, at: now) else { return .integer(-2) }
            return .integer(entry.expiresAt.map { max($0 - Self.milliseconds(now), 0) } ?? -1)
        case .delete(let key):
            let existed = entry(key, at: now) != nil
            self[key] = nil
            return .integer(existed ? 1 : 0)
        case .set(let key, let value, let ttl):
            if let ttl { store(key, value, ttl: ttl, at: now) } else { self[key] = Entry(value: value, expiresAt: nil) }
            return .ok
        case .expire(let key, let ttl):
            guard entry(key, at: now) != nil else { return .integer(0) }
            expire(key, ttl: ttl, at: now)
            return .integer(1)
        case .persist(let key):
            guard let entry = entry(key, at: now), entry.expiresAt != nil else { return .integer(0) }
            self[key]?.expiresAt = nil
            return .integer(1)
        case .flush:
            (locks, fences) = ([:], [:])
            return .ok
        case .setIfAbsent, .acquire, .raise, .extend, .release:
            preconditionFailure("not a plain command")
        }
    }

    // MARK: Crash and restart

    /// Begins a new run at `now` with what was kept of `memory`; nil means nothing was.
    package mutating func restart(at now: Instant, with memory: SimulatedNode?) {
        (locks, fences) = (memory?.locks ?? [:], memory?.fences ?? [:])
        scripts = []
        run += 1
        startedAt = now
    }

    /// As INFO says it: the difference of two clock readings that were both rounded down, so up to a second too much (C7).
    package func uptime(at now: Instant) -> Int64 {
        now.nanoseconds / 1_000_000_000 - startedAt.nanoseconds / 1_000_000_000
    }

    // MARK: Parts

    private func counter(_ key: LockKey, at now: Instant) -> UInt64 {
        if case .counter(let count)? = entry(.fence(key), at: now)?.value { count } else { 0 }
    }

    private mutating func store(_ key: NodeKey, _ value: NodeValue, ttl: Int64, at now: Instant) {
        self[key] = Entry(value: value, expiresAt: Self.milliseconds(now) + ttl)
    }

    private mutating func expire(_ key: NodeKey, ttl: Int64, at now: Instant) {
        self[key]?.expiresAt = Self.milliseconds(now) + ttl
    }

    private static func milliseconds(_ now: Instant) -> Int64 { now.nanoseconds / 1_000_000 }
}
