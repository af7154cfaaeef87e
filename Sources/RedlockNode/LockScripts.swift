/// A Lua script that runs atomically on one node, and the SHA-1 under which EVALSHA knows it.
///
/// The digest is written down instead of computed: the node answers SCRIPT LOAD with its own, and a handshake in which
/// the two differ fails.
package struct LockScript: Hashable, Sendable {
    package let name: String
    package let source: String
    package let digest: String
}

/// All Lua of this package (PROTOCOL section 4). KEYS[1] is the lock; KEYS[2], if given, its fencing counter.
///
/// In every script all reading and checking comes before the first write, because Lua on Redis has no rollback. A key
/// of another type makes GET fail; that is somebody else's key and so a refusal, hence `pcall`. Counters are written
/// with `%.0f`: Lua's own conversion would turn microseconds into 1.7637000001235e+15.
package enum LockScripts {
    package static let all = [acquire, raise, extend, release]

    /// ARGV: token, ttl ms, hint µs, clamp µs, fence ttl ms. Takes the lock if it is free and proposes a fencing token.
    /// Returns the proposal (> 0), or −1 − PTTL of the key that is in the way (≤ 0). Delivered twice it changes nothing.
    package static let acquire = LockScript(
        name: "acquire",
        source: """
            local holder = redis.pcall('GET', KEYS[1])
            if type(holder) == 'table' then return 0 end
            local counter = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
            if holder == ARGV[1] then return counter end
            if holder then return -1 - redis.call('PTTL', KEYS[1]) end
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local hint = math.max(now - ARGV[4], math.min(tonumber(ARGV[3]), now + ARGV[4]))
            local proposal = math.max(counter + 1, hint)
            redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
            redis.call('SET', KEYS[2], string.format('%.0f', proposal), 'PX', ARGV[5])
            return proposal
            """,
        digest: "93cf09477e7a49973e0575aa799c8bf52e4331cd")

    /// ARGV: token, fencing token, fence ttl ms. Phase 2: stores the agreed counter if the lock is still ours (C9).
    /// Returns 1, or 0 if the lock is not ours.
    package static let raise = LockScript(
        name: "raise",
        source: """
            if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
            local counter = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
            redis.call('SET', KEYS[2], string.format('%.0f', math.max(counter, ARGV[2])), 'PX', ARGV[3])
            return 1
            """,
        digest: "a8ffb09b9eff0e75a19c1a957cf8543abe8f50d9")

    /// ARGV: token, ttl ms[, fencing token, fence ttl ms]. Moves the expiry forward, never back (C5), and fills the key
    /// again where the node has lost it; the caller counts the answer only inside the old validity (C6).
    /// Returns 1 extended, 2 filled again, 0 somebody else's.
    package static let extend = LockScript(
        name: "extend",
        source: """
            local holder = redis.pcall('GET', KEYS[1])
            if holder and holder ~= ARGV[1] then return 0 end
            local counter = KEYS[2] and (tonumber(redis.call('GET', KEYS[2]) or '0') or 0)
            local outcome = 1
            if not holder then
              redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
              outcome = 2
            elseif redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
              redis.call('PEXPIRE', KEYS[1], ARGV[2])
            end
            if counter then
              redis.call('SET', KEYS[2], string.format('%.0f', math.max(counter, ARGV[3])), 'PX', ARGV[4])
            end
            return outcome
            """,
        digest: "ea40e714aa8e1f0976cc13a237a218b9adc76697")

    /// ARGV: token[, fencing token, fence ttl ms]. Deletes the lock if it is ours. Returns how many keys it deleted.
    package static let release = LockScript(
        name: "release",
        source: """
            if redis.pcall('GET', KEYS[1]) ~= ARGV[1] then return 0 end
            local counter = KEYS[2] and (tonumber(redis.call('GET', KEYS[2]) or '0') or 0)
            redis.call('DEL', KEYS[1])
            if counter then
              redis.call('SET', KEYS[2], string.format('%.0f', math.max(counter, ARGV[2])), 'PX', ARGV[3])
            end
            return 1
            """,
        digest: "82ced2d1305916fa0780daadbbda1f2d1154859b")

    /// ARGV: the value to break, empty for none[, fencing token, fence ttl ms]. For an operator who takes a lock away: deletes
    /// exactly the value that was seen, and stores the counter also where there is no value, unless the lock has changed.
    /// Returns 1 deleted, 0 there was none, −1 somebody else's by now, −2 a key of another type.
    ///
    /// Seldom needed and so sent whole, by EVAL, instead of being loaded with every connection.
    package static let breakSource = """
        local holder = redis.pcall('GET', KEYS[1])
        if type(holder) == 'table' then return -2 end
        if holder and holder ~= ARGV[1] then return -1 end
        local counter = KEYS[2] and (tonumber(redis.call('GET', KEYS[2]) or '0') or 0)
        if holder then redis.call('DEL', KEYS[1]) end
        if counter then
          redis.call('SET', KEYS[2], string.format('%.0f', math.max(counter, ARGV[2])), 'PX', ARGV[3])
        end
        return holder and 1 or 0
        """

    /// KEYS: locks, each followed by its fencing counter. For tools that look at many locks: returns three values for each, the
    /// PTTL (−3 for a key of another type), the first 256 bytes of the value, and the counter as text. Writes nothing. Sent by EVAL.
    package static let lookSource = """
        local seen = {}
        for i = 1, #KEYS, 2 do
          local ttl = redis.call('PTTL', KEYS[i])
          local value = redis.pcall('GETRANGE', KEYS[i], 0, 255)
          if type(value) == 'table' then ttl = -3; value = '' end
          local counter = redis.pcall('GET', KEYS[i + 1])
          if type(counter) ~= 'string' then counter = '' end
          seen[#seen + 1] = ttl
          seen[#seen + 1] = value
          seen[#seen + 1] = counter
        end
        return seen
        """
}
