import RedlockCore
import Testing

@testable import Redlock

@Suite struct TokenSourceTests {
    @Test func `tokens do not repeat and use all their bits`() {
        var source = TokenSource()
        var seen: Set<LockToken> = []
        var ones: (high: UInt64, low: UInt64) = (0, 0)
        for _ in 0..<10_000 {
            let token = source.next()
            seen.insert(token)
            ones.high |= token.high
            ones.low |= token.low
        }
        #expect(seen.count == 10_000)
        #expect(ones == (.max, .max))
    }
}
