/// A point on a monotonic clock that counts suspended time, in nanoseconds since an arbitrary origin.
///
/// Instants are only ever handed in (PROTOCOL section 3): nothing in this target reads a clock. Two instants are
/// comparable only if they come from the same clock of the same machine.
package struct Instant: Hashable, Comparable, Sendable {
    package var nanoseconds: Int64

    package init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    // All four, and inlinable: those that Comparable derives are called through a witness table from other modules.
    @inlinable package static func < (a: Instant, b: Instant) -> Bool { a.nanoseconds < b.nanoseconds }
    @inlinable package static func > (a: Instant, b: Instant) -> Bool { a.nanoseconds > b.nanoseconds }
    @inlinable package static func <= (a: Instant, b: Instant) -> Bool { a.nanoseconds <= b.nanoseconds }
    @inlinable package static func >= (a: Instant, b: Instant) -> Bool { a.nanoseconds >= b.nanoseconds }
    package static func + (a: Instant, b: Nanoseconds) -> Instant { Instant(nanoseconds: saturating(a.nanoseconds, plus: b.count)) }
    package static func - (a: Instant, b: Nanoseconds) -> Instant { Instant(nanoseconds: saturating(a.nanoseconds, minus: b.count)) }
    package static func - (a: Instant, b: Instant) -> Nanoseconds { Nanoseconds(saturating(a.nanoseconds, minus: b.nanoseconds)) }

    /// Later than every instant a clock can return.
    package static let distantFuture = Instant(nanoseconds: .max)
}

/// A span of time in whole nanoseconds. All arithmetic saturates, so no duration a caller can name traps.
package struct Nanoseconds: Hashable, Comparable, Sendable {
    package var count: Int64

    package init(_ count: Int64) { self.count = count }

    package static let zero = Nanoseconds(0)
    package static func milliseconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count.saturatingProduct(1_000_000)) }
    package static func seconds(_ count: Int64) -> Nanoseconds { Nanoseconds(count.saturatingProduct(1_000_000_000)) }

    @inlinable package static func < (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count < b.count }
    @inlinable package static func > (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count > b.count }
    @inlinable package static func <= (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count <= b.count }
    @inlinable package static func >= (a: Nanoseconds, b: Nanoseconds) -> Bool { a.count >= b.count }
    package static func + (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(saturating(a.count, plus: b.count)) }
    package static func - (a: Nanoseconds, b: Nanoseconds) -> Nanoseconds { Nanoseconds(saturating(a.count, minus: b.count)) }
    package static func * (a: Nanoseconds, b: Int64) -> Nanoseconds { Nanoseconds(a.count.saturatingProduct(b)) }
    package static func / (a: Nanoseconds, b: Int64) -> Nanoseconds {
        let (quotient, overflow) = a.count.dividedReportingOverflow(by: b)
        return Nanoseconds(overflow ? (b == 0 ? 0 : .max) : quotient)
    }

    /// Whole milliseconds, rounded down: the unit of Redis' PX.
    package var wholeMilliseconds: Int64 { count / 1_000_000 }
}

extension Nanoseconds: CustomStringConvertible {
    /// With the largest unit that leaves no fraction: `10 s`, `500 ms`, `1500 µs`, `7 ns`.
    package var description: String {
        for (size, unit) in [(Int64(1_000_000_000), "s"), (1_000_000, "ms"), (1_000, "µs")] where count % size == 0 {
            return "\(count / size) \(unit)"
        }
        return "\(count) ns"
    }
}

extension Nanoseconds {
    /// The nearest span to `duration`, rounded down to whole nanoseconds and clamped to about ±292 years.
    package init(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        self.init(saturating(seconds.saturatingProduct(1_000_000_000), plus: attoseconds / 1_000_000_000))
    }

    package var duration: Duration { .nanoseconds(count) }
}

private func saturating(_ a: Int64, plus b: Int64) -> Int64 {
    let (sum, overflow) = a.addingReportingOverflow(b)
    return overflow ? (b > 0 ? .max : .min) : sum
}

private func saturating(_ a: Int64, minus b: Int64) -> Int64 {
    let (difference, overflow) = a.subtractingReportingOverflow(b)
    return overflow ? (b < 0 ? .max : .min) : difference
}

extension Int64 {
    fileprivate func saturatingProduct(_ other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? ((self < 0) == (other < 0) ? .max : .min) : product
    }
}
