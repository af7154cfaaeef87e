import RedlockCore
import Testing

struct InstantTests {
    private static let interesting: [Int64] = [.min, .min + 1, -1_000_000_000, -1, 0, 1, 999_999, 1_000_000, .max - 1, .max]

    /// What the result would be with unlimited digits, forced into 64 bits.
    private static func clamped(_ wide: Int128) -> Int64 { Int64(clamping: wide) }

    @Test("Sums, differences and products are exact or saturate, and never trap")
    func saturates() {
        for a in Self.interesting {
            for b in Self.interesting {
                #expect((Nanoseconds(a) + Nanoseconds(b)).count == Self.clamped(Int128(a) + Int128(b)))
                #expect((Nanoseconds(a) - Nanoseconds(b)).count == Self.clamped(Int128(a) - Int128(b)))
                #expect((Nanoseconds(a) * b).count == Self.clamped(Int128(a) * Int128(b)))
                #expect((Instant(nanoseconds: a) + Nanoseconds(b)).nanoseconds == Self.clamped(Int128(a) + Int128(b)))
                #expect((Instant(nanoseconds: a) - Nanoseconds(b)).nanoseconds == Self.clamped(Int128(a) - Int128(b)))
                #expect((Instant(nanoseconds: a) - Instant(nanoseconds: b)).count == Self.clamped(Int128(a) - Int128(b)))
            }
        }
    }

    @Test("Units saturate too")
    func units() {
        #expect(Nanoseconds.milliseconds(3).count == 3_000_000)
        #expect(Nanoseconds.seconds(-3).count == -3_000_000_000)
        #expect(Nanoseconds.seconds(.max).count == .max)
        #expect(Nanoseconds.milliseconds(.min).count == .min)
        #expect(Nanoseconds.zero.count == 0)
    }

    @Test("Division drops the remainder, and by zero gives zero")
    func division() {
        #expect((Nanoseconds(10) / 3).count == 3)
        #expect((Nanoseconds(.max) / 1).count == .max)
        #expect((Nanoseconds(10) / 0).count == 0)
    }

    @Test("Whole milliseconds are rounded down")
    func wholeMilliseconds() {
        #expect(Nanoseconds(1_999_999).wholeMilliseconds == 1)
        #expect(Nanoseconds.seconds(3).wholeMilliseconds == 3000)
        #expect(Nanoseconds(999_999).wholeMilliseconds == 0)
    }

    @Test("A Duration is taken over to the nanosecond and clamped beyond 292 years")
    func durations() {
        #expect(Nanoseconds(Duration.milliseconds(1500)).count == 1_500_000_000)
        #expect(Nanoseconds(Duration(secondsComponent: 0, attosecondsComponent: 1_999_999_999)).count == 1)
        #expect(Nanoseconds(Duration.seconds(Int64.max)).count == .max)
        #expect(Nanoseconds(Duration.seconds(Int64.min)).count == .min)
        #expect(Nanoseconds(Duration(secondsComponent: 9_223_372_036, attosecondsComponent: 900_000_000_000_000_000)).count == .max)
        #expect(Nanoseconds(1_234_567).duration == .nanoseconds(1_234_567))
    }

    @Test("Instants and spans are ordered as numbers are")
    func order() {
        for (a, b) in zip(Self.interesting, Self.interesting.dropFirst()) {
            #expect(Instant(nanoseconds: a) < Instant(nanoseconds: b))
            #expect(!(Instant(nanoseconds: b) < Instant(nanoseconds: a)))
            #expect(Nanoseconds(a) < Nanoseconds(b))
        }
        #expect(Instant(nanoseconds: .max - 1) < .distantFuture)
    }
}
