package import RedlockCore

/// A clock that is off by a constant and runs at a slightly wrong rate.
///
/// True time is virtual time: nanoseconds since the run began.
package struct SimulatedClock: Hashable, Sendable {
    /// What it shows at true time 0.
    package var offset: Int64
    /// By how much it gains, in parts per million; negative if it loses.
    package var gain: Int64

    package init(offset: Int64 = 0, gain: Int64 = 0) {
        self.offset = offset
        self.gain = gain
    }

    /// What it shows at a true time.
    package func reading(at time: Int64) -> Instant {
        Instant(nanoseconds: offset + time + Self.floor(time * gain, 1_000_000))
    }

    /// The first true time at which it shows `reading` or more.
    package func time(of reading: Instant) -> Int64 {
        let (shown, overflow) = reading.nanoseconds.subtractingReportingOverflow(offset)
        // Farther away than any run is long.
        if overflow || shown > Self.horizon { return .max }
        if shown < -Self.horizon { return .min }
        var time = Self.floor(shown * 1_000_000, 1_000_000 + gain)
        while self.reading(at: time) < reading { time += 1 }
        return time
    }

    /// About two hours, so that no product overflows.
    private static let horizon: Int64 = 8_000_000_000_000

    private static func floor(_ a: Int64, _ b: Int64) -> Int64 {
        let quotient = a / b
        return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient
    }
}
