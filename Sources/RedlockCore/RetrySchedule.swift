/// When to try again after a failed attempt: full jitter under an exponential cap.
///
/// Contenders that wait equally long meet again and split the vote again, so the whole of each wait is random.
package struct RetrySchedule: Hashable, Sendable {
    /// The longest wait after the first failure; doubled after each further one.
    package let base: Nanoseconds
    /// No wait is longer.
    package let cap: Nanoseconds

    /// Neither may be less than a microsecond: without any wait the attempts of one instant would have no end.
    package init(base: Nanoseconds = .milliseconds(1), cap: Nanoseconds = .milliseconds(200)) {
        self.base = max(base, Nanoseconds(1_000))
        self.cap = max(cap, Nanoseconds(1_000))
    }

    /// A wait between zero and the bound for this many failures, chosen by `random`.
    ///
    /// - Parameter left: what is left of the time in which to try at all; no wait is longer. If it is not even `base`,
    ///   another try has no use and the answer is nil.
    package func delay(afterFailures failures: Int, within left: Nanoseconds = Nanoseconds(.max), random: UInt64) -> Nanoseconds? {
        guard left >= max(base, Nanoseconds(1)) else { return nil }
        let doubled = base * (Int64(1) << Int64(min(max(failures - 1, 0), 40)))
        let bound = max(min(doubled, cap, left).count, 0)
        return Nanoseconds(Int64(random % (UInt64(bound) + 1)))
    }
}

/// A small pseudo-random sequence (SplitMix64) that lives in a lease and is seeded from outside.
///
/// Good enough to spread retries; never used for tokens.
package struct Jitter: Hashable, Sendable {
    package var state: UInt64

    package init(seed: UInt64) { state = seed }

    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
