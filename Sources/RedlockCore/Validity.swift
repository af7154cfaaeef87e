/// How far the rates of two clocks may differ while a lease lives, and the time given up for it.
///
/// PROTOCOL section 2: `drift(ttl) = ⌈ttl · driftFactor⌉ + 2 ms`. The 2 ms cover Redis' expiry, which has a precision
/// of a millisecond. In parts per million, because the rules use no floating point.
package struct DriftBound: Hashable, Sendable {
    package var partsPerMillion: Int64
    package var constant: Nanoseconds

    package init(partsPerMillion: Int64 = 10_000, constant: Nanoseconds = .milliseconds(2)) {
        self.partsPerMillion = partsPerMillion
        self.constant = constant
    }

    /// What must be subtracted from a lease of `ttl`.
    package func drift(over ttl: Nanoseconds) -> Nanoseconds {
        // Split at a million so that no product overflows; rounded up.
        let (millions, rest) = ttl.count.quotientAndRemainder(dividingBy: 1_000_000)
        return Nanoseconds(millions) * partsPerMillion + Nanoseconds((rest * partsPerMillion + 999_999) / 1_000_000) + constant
    }

    /// The instant up to which a lease may be relied on, if the first byte of its requests was written at or after
    /// `start` (PROTOCOL section 3). Time that passes until the votes are in is thereby subtracted too.
    package func validUntil(start: Instant, ttl: Nanoseconds) -> Instant {
        start + (ttl - drift(over: ttl))
    }
}
