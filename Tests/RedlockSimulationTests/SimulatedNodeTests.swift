import RedlockCore
import RedlockSimulation
import Testing

struct SimulatedNodeTests {
    private let key = LockKey("k")
    private let a = LockToken(high: 0, low: 1)
    private let b = LockToken(high: 0, low: 2)
    private var node = SimulatedNode(startedAt: Instant(nanoseconds: 0))

    private func ms(_ time: Int64) -> Instant { Instant(nanoseconds: time * 1_000_000) }

    private func acquire(_ token: LockToken, hint: Int64 = 0, clamp: Int64 = 1_000_000) -> NodeCommand {
        .acquire(key, token: token, ttl: 100, hint: hint, clamp: clamp, fenceTTL: 10_000)
    }

    @Test("A key is set once, and expires after its ttl and not before")
    func expiry() {
        var node = node
        #expect(node.apply(.setIfAbsent(key, token: a, ttl: 100), at: ms(5)) == .ok)
        #expect(node.apply(.setIfAbsent(key, token: b, ttl: 100), at: ms(105)) == .null)
        #expect(node.apply(.pttl(.lock(key)), at: ms(50)) == .integer(55))
        #expect(node.apply(.setIfAbsent(key, token: b, ttl: 100), at: ms(106)) == .ok)
    }

    @Test("Proposals rise, and the hint is held to the node's clock")
    func proposals() {
        var node = node
        #expect(node.apply(acquire(a, hint: 9_000_000_000), at: ms(5_000)) == .integer(6_000_000))
        #expect(node.apply(acquire(a, hint: 0), at: ms(5_010)) == .integer(6_000_000), "delivered twice")
        #expect(node.apply(acquire(b), at: ms(5_010)) == .integer(-91))
        _ = node.apply(.release(key, token: a, fence: 7_000_000, fenceTTL: 10_000), at: ms(5_020))
        #expect(node.apply(acquire(b), at: ms(5_020)) == .integer(7_000_001))
    }

    @Test("RAISE and RELEASE touch nothing of another's")
    func others() {
        var node = node
        _ = node.apply(acquire(a), at: ms(2_000))
        #expect(node.apply(.raise(key, token: b, fence: 99, fenceTTL: 10), at: ms(2_001)) == .integer(0))
        #expect(node.apply(.release(key, token: b, fence: 99, fenceTTL: 10), at: ms(2_001)) == .integer(0))
        #expect(node.apply(.extend(key, token: b, ttl: 500, fence: 0, fenceTTL: 10), at: ms(2_001)) == .integer(0))
        #expect(node.apply(.get(.lock(key)), at: ms(2_001)) == .value(.token(a)))
    }

    @Test("EXTEND never shortens, and fills a missing key")
    func extending() {
        var node = node
        _ = node.apply(.setIfAbsent(key, token: a, ttl: 1_000), at: ms(0))
        #expect(node.apply(.extend(key, token: a, ttl: 10, fence: 0, fenceTTL: 0), at: ms(1)) == .integer(1))
        #expect(node.apply(.pttl(.lock(key)), at: ms(1)) == .integer(999))
        _ = node.apply(.delete(.lock(key)), at: ms(2))
        #expect(node.apply(.extend(key, token: a, ttl: 10, fence: 5, fenceTTL: 100), at: ms(2)) == .integer(2))
        #expect(node.apply(.get(.fence(key)), at: ms(2)) == .value(.counter(5)))
    }

    @Test("A key of another type is in the way and stays there")
    func wrongType() {
        var node = node
        _ = node.apply(.set(.lock(key), .list, ttl: nil), at: ms(0))
        #expect(node.apply(acquire(a), at: ms(1)) == .integer(0))
        #expect(node.apply(.extend(key, token: a, ttl: 10, fence: 0, fenceTTL: 0), at: ms(1)) == .integer(0))
        #expect(node.apply(.get(.lock(key)), at: ms(1)) == .wrongType)
    }

    @Test("A restart begins a new run, whose uptime may be up to a second too much")
    func restart() {
        var node = node
        _ = node.apply(acquire(a), at: ms(1_000))
        let memory = node
        node.restart(at: ms(10_990), with: nil)
        #expect(node.apply(.get(.lock(key)), at: ms(10_991)) == .null)
        #expect(node.apply(.info, at: ms(11_010)) == .info(run: 2, uptime: 1))
        node.restart(at: ms(1_050), with: memory)
        #expect(node.apply(.get(.lock(key)), at: ms(1_051)) == .value(.token(a)))
    }

    @Test("A script is known by its digest once it was loaded or sent in full, and not after a flush or a restart")
    func scripts() {
        var node = node
        #expect(node.applyByDigest(acquire(a), at: ms(1_000)) == .noScript)
        #expect(node.apply(.get(.lock(key)), at: ms(1_000)) == .null, "nothing was executed")
        _ = node.apply(.loadScripts, at: ms(1_000))
        #expect(node.applyByDigest(acquire(a), at: ms(1_000)) == .integer(1))
        _ = node.apply(.forgetScripts, at: ms(1_001))
        let release = NodeCommand.release(key, token: a, fence: 0, fenceTTL: 10_000)
        #expect(node.applyByDigest(release, at: ms(1_001)) == .noScript)
        #expect(node.apply(release, at: ms(1_001)) == .integer(1))
        #expect(node.applyByDigest(release, at: ms(1_002)) == .integer(0), "sent in full, it is known again")
        #expect(node.applyByDigest(.setIfAbsent(key, token: a, ttl: 10), at: ms(1_002)) == .ok, "needs no script")
        node.restart(at: ms(1_003), with: node)
        #expect(node.applyByDigest(release, at: ms(1_003)) == .noScript)
    }
}
