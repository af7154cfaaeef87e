import Histogram

/// Everything that was measured, in the order in which it was.
struct Report: Sendable {
    private(set) var figures: [Figure] = []
    private(set) var distributions: [Distribution] = []
    private(set) var growths: [Growth] = []
    private(set) var notes: [String] = []
    private(set) var hasFailed = false

    /// The latencies of one contestant, for the plot.
    struct Distribution: Sendable {
        let panel: String
        let name: String
        let latencies: Histogram<UInt32>
    }

    /// How a cost grows with something, for the plot.
    struct Growth: Sendable {
        let panel: String
        let quantity: String
        let unit: Quantity.Unit
        /// What it grows with, and the cost.
        var points: [(Double, Double)]
    }

    mutating func add(_ figure: Figure?) {
        if let figure { figures.append(figure) }
    }

    mutating func add(_ distribution: Distribution) { distributions.append(distribution) }
    mutating func add(_ growth: Growth) { growths.append(growth) }
    mutating func note(_ text: String) { notes.append(text) }

    /// Notes that something could not be measured that should have been.
    mutating func fail(_ text: String) {
        notes.append(text)
        hasFailed = true
    }

    subscript(key: Figure.Key) -> Figure? { figures.first { $0.key == key } }

    /// The figures for people.
    var table: TextTable {
        var table = TextTable([
            ("", .left), ("circumstances", .left), ("quantity", .left), ("value", .right), ("reference", .right), ("is", .left),
            ("ratio", .right),
            ("min–max", .right),
        ])
        var last = ("", "")
        for figure in figures {
            let isNew = last.0 != figure.workload
            let range = figure.ratio ?? figure.value
            let shown: (Double) -> String = {
                figure.ratio == nil ? "\(Quantity($0, figure.unit))" : Quantity.fixed($0, places: 2)
            }
            table.append([
                isNew ? figure.workload : "", isNew || last.1 != figure.circumstances ? figure.circumstances : "", figure.quantity,
                "\(Quantity(figure.value.median, figure.unit))",
                figure.referenceValue.map { "\(Quantity($0, figure.unit))" } ?? "", figure.reference ?? "",
                figure.ratio.map { Quantity.fixed($0.median, places: 2) } ?? "",
                range.min == range.max ? "" : "\(shown(range.min))–\(shown(range.max))",
            ])
            last = (figure.workload, figure.circumstances)
        }
        return table
    }
}
