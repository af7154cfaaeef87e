import RedlockCore
import Testing

struct DriftBoundTests {
    /// ⌈ttl · ppm / 10⁶⌉ + constant with unlimited digits, forced into 64 bits.
    private func reference(_ ttl: Int64, _ ppm: Int64, _ constant: Int64) -> Int64 {
        let product = Int128(ttl) * Int128(ppm)
        let ceiling = product / 1_000_000 + (product % 1_000_000 > 0 ? 1 : 0)
        return Int64(clamping: ceiling + Int128(constant))
    }

    @Test("The usual bound: one percent and two milliseconds")
    func usual() {
        #expect(DriftBound().drift(over: .seconds(10)) == .milliseconds(102))
        #expect(DriftBound().drift(over: .milliseconds(1)) == Nanoseconds(10_000 + 2_000_000))
        #expect(DriftBound().drift(over: .zero) == .milliseconds(2))
    }

    @Test("Rounded up to the nanosecond")
    func roundedUp() {
        let bound = DriftBound(partsPerMillion: 1, constant: .zero)
        #expect(bound.drift(over: Nanoseconds(0)).count == 0)
        #expect(bound.drift(over: Nanoseconds(1)).count == 1)
        #expect(bound.drift(over: Nanoseconds(1_000_000)).count == 1)
        #expect(bound.drift(over: Nanoseconds(1_000_001)).count == 2)
    }

    @Test(
        "Agrees with arithmetic of unlimited width, for small, odd and huge ttls", arguments: [0, 1, 7, 10_000, 99_999, 500_000, 1_000_000])
    func agreesWithReference(ppm: Int64) {
        var ttls: [Int64] = [0, 1, 2, 99, 100, 101, 999_999, 1_000_000, 1_000_001, 30_000_000_000, .max / 2, .max - 1, .max]
        var jitter = Jitter(seed: UInt64(ppm))
        for shift in 1..<63 { ttls.append(Int64(jitter.next() >> UInt64(shift))) }
        for ttl in ttls {
            let bound = DriftBound(partsPerMillion: ppm, constant: .milliseconds(2))
            #expect(bound.drift(over: Nanoseconds(ttl)).count == reference(ttl, ppm, 2_000_000), "ttl \(ttl)")
        }
    }

    @Test("Validity ends a ttl after the start, less the drift")
    func validUntil() {
        #expect(DriftBound().validUntil(start: .ms(500), ttl: .seconds(10)) == .ms(500 + 9898))
    }

    @Test("A ttl shorter than its drift was never valid")
    func tooShort() {
        #expect(DriftBound().validUntil(start: .ms(500), ttl: .milliseconds(2)) < .ms(500))
    }

    @Test("The longest ttl neither traps nor wraps into the past")
    func hugeTTL() {
        let end = DriftBound().validUntil(start: .ms(500), ttl: Nanoseconds(.max))
        #expect(end > .ms(500))
        #expect(end < .distantFuture)
    }
}
