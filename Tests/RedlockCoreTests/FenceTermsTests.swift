import RedlockCore
import Testing

struct FenceTermsTests {
    @Test("Counters live a day, or ten quarantines if that is longer")
    func timeToLive() {
        #expect(FenceTerms(quarantine: .seconds(31)).timeToLive == .seconds(86_400))
        #expect(FenceTerms(quarantine: .seconds(10_000)).timeToLive == .seconds(100_000))
        #expect(FenceTerms(quarantine: Nanoseconds(.max)).timeToLive.count == .max)
    }

    @Test("A proposal may be one second from the node's clock")
    func clamp() {
        #expect(FenceTerms(quarantine: .zero).hintClamp == .seconds(1))
    }
}

struct LockKeyTests {
    @Test("The counter stands beside the lock, under a name of its own")
    func names() {
        #expect(LockKey("orders:7").name == "orders:7")
        #expect(LockKey("orders:7").fenceName == "redlock.fence:orders:7")
        // Whatever part of the name a Redis Cluster hashes, it is the same for all three.
        #expect(LockKey("{orders}:7").waitingName == "redlock.waiting:{orders}:7")
        #expect(LockKey("{orders}:7").brokenName == "redlock.broken:{orders}:7" && LockKey("redlock.broken:x").isBeside)
        for name in [LockKey("x").fenceName, LockKey("x").waitingName] { #expect(LockKey(name).isBeside) }
        #expect(!LockKey("redlock.fenced").isBeside && !LockKey("orders:7").isBeside)
    }
}
