/// The middle of repeated measurements, and how far apart they were.
struct Spread: Sendable, Equatable, Encodable {
    let median: Double
    let min: Double
    let max: Double

    /// Nil if there is nothing to summarise.
    init?(_ values: [Double]) {
        let sorted = values.filter(\.isFinite).sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        let middle = sorted.count / 2
        median = sorted.count.isMultiple(of: 2) ? (sorted[middle - 1] + sorted[middle]) / 2 : sorted[middle]
        min = first
        max = last
    }

    /// One value, measured once.
    init(_ value: Double) { (median, min, max) = (value, value, value) }

    /// The ratios of values that were measured side by side.
    static func ratio(of values: [Double], to references: [Double]) -> Spread? {
        Spread(zip(values, references).compactMap { value, reference in reference > 0 ? value / reference : nil })
    }
}
