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
/// In every script all reading and checking comes before the first write, because Lua on Redis has no rollback; the one
/// exception is a SET NX, which is check and write in one. A key of another type makes GET fail; that is somebody else's
/// key and so a refusal, hence `pcall`. Any other failure of GET, as a right that is missing, is the answer.
///
/// A counter is written as the text that came with the call, wherever that is what shall stand there: formatting a
/// number costs as much as the SET. Otherwise it is `%.0f`, since Lua's own conversion would turn microseconds into
/// 1.7637000001235e+15.
package enum LockScripts {
    package static let all = [acquire, raise, extend, release]

    /// ARGV: token, ttl ms, hint µs, clamp µs, fence ttl ms. Takes the lock if it is free and proposes a fencing token.
    /// Returns the proposal (> 0), or −1 − PTTL of the key that is in the way (≤ 0). Delivered twice it changes nothing.
    package static let acquire = LockScript(
        name: "acquire",
        source: """
            local counter = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
            if not redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
              local holder = redis.pcall('GET', KEYS[1])
              if holder == ARGV[1] then return counter end
              if type(holder) == 'table' then return 0 end
              return -1 - redis.call('PTTL', KEYS[1])
            end
            local time = redis.call('TIME')
            local now = time[1] * 1000000 + time[2]
            local hint = tonumber(ARGV[3])
            local proposal = math.max(counter + 1, math.max(now - ARGV[4], math.min(hint, now + ARGV[4])))
            redis.call('SET', KEYS[2], proposal == hint and ARGV[3] or string.format('%.0f', proposal), 'PX', ARGV[5])
            return proposal
            """,
        digest: "1925c93a51744df5a1261e40ddfe23e8a381dd1c")

    /// ARGV: token, fencing token, fence ttl ms. Phase 2: stores the agreed counter if the lock is still ours (C9).
    /// Returns 1, or 0 if the lock is not ours.
    package static let raise = LockScript(
        name: "raise",
        source: """
            local holder = redis.pcall('GET', KEYS[1])
            if holder ~= ARGV[1] then
              return type(holder) == 'table' and not string.find(holder.err, 'WRONGTYPE', 1, true) and holder or 0
            end
            if (tonumber(redis.call('GET', KEYS[2]) or '0') or 0) < tonumber(ARGV[2]) then
              redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
            else
              redis.call('PEXPIRE', KEYS[2], ARGV[3])
            end
            return 1
            """,
        digest: "fc8585c35b0366bfe346bee55df5b33072f669a1")

    /// ARGV: token, ttl ms[, fencing token, fence ttl ms]. Moves the expiry forward, never back (C5), and fills the key
    /// again where the node has lost it; the caller counts the answer only inside the old validity (C6). Not where an operator
    /// has taken the lock away from this very token: that mark is looked at only then, and so not among KEYS.
    /// Returns 1 extended, 2 filled again, 0 somebody else's.
    package static let extend = LockScript(
        name: "extend",
        source: """
            local holder = redis.pcall('GET', KEYS[1])
            if holder and holder ~= ARGV[1] then
              return type(holder) == 'table' and not string.find(holder.err, 'WRONGTYPE', 1, true) and holder or 0
            end
            local fence = tonumber(ARGV[3])
            local counter = fence and (tonumber(redis.call('GET', KEYS[2]) or '0') or 0)
            local outcome = 1
            if not holder then
              if redis.pcall('GET', 'redlock.broken:' .. KEYS[1]) == ARGV[1] then return 0 end
              redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
              outcome = 2
            elseif redis.call('PTTL', KEYS[1]) < tonumber(ARGV[2]) then
              redis.call('PEXPIRE', KEYS[1], ARGV[2])
            end
            if fence and counter < fence then
              redis.call('SET', KEYS[2], ARGV[3], 'PX', ARGV[4])
            elseif fence then
              redis.call('PEXPIRE', KEYS[2], ARGV[4])
            end
            return outcome
            """,
        digest: "027a5d787fc4c07aa7c79a9e658d2c8fc9cfd474")

    /// ARGV: token[, fencing token, fence ttl ms]. Deletes the lock if it is ours. Returns how many keys it deleted.
    package static let release = LockScript(
        name: "release",
        source: """
            local holder = redis.pcall('GET', KEYS[1])
            if holder ~= ARGV[1] then
              return type(holder) == 'table' and not string.find(holder.err, 'WRONGTYPE', 1, true) and holder or 0
            end
            local fence = tonumber(ARGV[2])
            local counter = fence and (tonumber(redis.call('GET', KEYS[2]) or '0') or 0)
            redis.call('DEL', KEYS[1])
            if fence and counter < fence then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
            return 1
            """,
        digest: "1b7212e849469ec404927f39639e741f07856924")

    /// KEYS[2] is the mark that a lock was taken away, KEYS[3], if given, the fencing counter. ARGV: the value to break, empty
    /// for none; the value of the holder, who may have lost his key here; for how many ms he cannot fill it again[, fencing
    /// token, fence ttl ms]. For an operator who takes a lock away: deletes exactly the value that was seen, and stores mark
    /// and counter also where there is no value, unless the lock has changed.
    /// Returns 1 deleted, 0 there was none, −1 somebody else's by now, −2 a key of another type.
    ///
    /// Seldom needed and so sent whole, by EVAL, instead of being loaded with every connection.
    package static let breakSource = """
        local holder = redis.pcall('GET', KEYS[1])
        if type(holder) == 'table' then return -2 end
        if holder and holder ~= ARGV[1] then return -1 end
        local counter = KEYS[3] and (tonumber(redis.call('GET', KEYS[3]) or '0') or 0)
        redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
        if holder then redis.call('DEL', KEYS[1]) end
        if counter then
          redis.call('SET', KEYS[3], string.format('%.0f', math.max(counter, ARGV[4])), 'PX', ARGV[5])
        end
        return holder and 1 or 0
        """

    /// KEYS: the list of those who wait for a lock. ARGV: a waiter, for how many ms he is believed. For people who look: no lock
    /// depends on it. A waiter's score is when he is believed no more, by the node's clock; he says it again before. The first
    /// PEXPIRE is refused to who may not use it before anything is written: a list that never ends must not be left behind.
    /// Returns 1. Sent by EVAL.
    package static let announceSource = """
        local left = math.max(redis.call('PTTL', KEYS[1]), ARGV[2])
        redis.call('PEXPIRE', KEYS[1], left)
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
        redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1])
        redis.call('PEXPIRE', KEYS[1], left)
        return 1
        """

    /// KEYS: locks, each followed by its fencing counter. For tools that look at many locks: returns three values for each, the
    /// PTTL (−3 for a key of another type), the first 256 bytes of the value, and the counter as text. Writes nothing. Sent by EVAL.
    package static let lookSource = """
        local seen = {}
        for i = 1, #KEYS, 2 do
          local ttl = redis.call('PTTL', KEYS[i])
          local value = redis.pcall('GETRANGE', KEYS[i], 0, 255)
          if type(value) == 'table' then
            if not string.find(value.err, 'WRONGTYPE', 1, true) then return value end
            ttl = -3; value = ''
          end
          local counter = redis.pcall('GET', KEYS[i + 1])
          if type(counter) ~= 'string' then counter = '' end
          seen[#seen + 1] = ttl
          seen[#seen + 1] = value
          seen[#seen + 1] = counter
        end
        return seen
        """
}
