import ArgumentParser

/// A span of time on the command line: `500ms`, `10s`, `1.5s`, `2m`, `1h`.
struct DurationArgument: Sendable, Hashable, CustomStringConvertible {
    /// The span.
    let duration: Duration
    /// As it is written.
    let description: String

    private static let units: [(suffix: String, nanoseconds: Int64)] = [
        ("ms", 1_000_000), ("s", 1_000_000_000), ("m", 60_000_000_000), ("h", 3_600_000_000_000),
    ]
    /// Beyond a year something else was meant.
    private static let mostNanoseconds: Int64 = 365 * 24 * 3_600_000_000_000

    /// Reads one, exactly: no floating point, and nothing but digits, at most one point and a unit.
    ///
    /// - Throws: `ValidationError`, which says the form.
    init(_ text: String) throws {
        // A wrong ending is told first; "ms" comes before "s" and "m".
        guard let unit = Self.units.first(where: { text.hasSuffix($0.suffix) }) else { throw Self.malformed }
        let parts = text.dropLast(unit.suffix.count).split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = parts.count == 2 ? parts[1] : "0"
        guard let first = parts.first, Self.isDigits(first), Self.isDigits(fraction), fraction.count <= 9, let whole = Int64(first),
            let part = Int64(fraction)
        else { throw Self.malformed }

        let (nanoseconds, overflow) = whole.multipliedReportingOverflow(by: unit.nanoseconds)
        guard !overflow, nanoseconds <= Self.mostNanoseconds else {
            throw ValidationError("a year is the most; write for example 10s or 2m")
        }
        // The unit has at most 13 digits and the fraction 9, which is too much for one product.
        var divisor: Int64 = 1
        for _ in fraction { divisor *= 10 }
        let product = part.multipliedFullWidth(by: unit.nanoseconds)
        duration = .nanoseconds(nanoseconds + divisor.dividingFullWidth(product).quotient)
        description = text
    }

    private static var malformed: ValidationError { ValidationError("write a number and a unit: 500ms, 10s, 1.5s, 2m or 1h") }

    private static func isDigits(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    }
}
