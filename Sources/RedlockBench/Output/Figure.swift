/// One line of the report: a value, and what it was measured against in the same run.
struct Figure: Sendable, Encodable {
    /// The workload, for example `W1`.
    let workload: String
    /// The circumstances, for example `concurrency 64`.
    let circumstances: String
    /// What was measured.
    let quantity: String
    let unit: Quantity.Unit
    /// The value, over all turns.
    let value: Spread
    /// What it is compared with; nil if it stands alone.
    var reference: String?
    /// The reference's value.
    var referenceValue: Double?
    /// Value by reference, turn by turn.
    var ratio: Spread?

    /// By what a target finds it.
    var key: Key { Key(workload: workload, circumstances: circumstances, quantity: quantity, reference: reference) }

    /// Names a figure.
    struct Key: Hashable, Sendable {
        let workload: String
        let circumstances: String
        let quantity: String
        var reference: String?
    }

    /// A value that stands alone.
    init?(_ workload: String, _ circumstances: String, _ quantity: String, _ unit: Quantity.Unit, _ values: [Double]) {
        guard let value = Spread(values) else { return nil }
        self.workload = workload
        self.circumstances = circumstances
        self.quantity = quantity
        self.unit = unit
        self.value = value
    }

    /// A contestant's metric beside another's.
    init?(
        _ workload: String, _ circumstances: String, _ metric: Metric, in match: Match, of subject: Int = 0, against other: Int,
        named reference: String
    ) {
        let (own, its) = (match.values(metric, of: subject), match.values(metric, of: other))
        self.init(workload, circumstances, metric.rawValue, metric.unit, own)
        self.reference = reference
        referenceValue = Spread(its)?.median
        ratio = Spread.ratio(of: own, to: its)
    }
}
