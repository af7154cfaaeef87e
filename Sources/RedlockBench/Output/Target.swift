/// What is wanted of a figure.
struct Target: Sendable {
    /// What is wanted, in words.
    let name: String
    let key: Figure.Key
    let bound: Bound
    /// The unit of the value that counts; nil if it is the ratio to the reference.
    var unit: Quantity.Unit?

    /// Where the figure must be.
    enum Bound: Sendable {
        case atMost(Double)
        case atLeast(Double)

        func admits(_ value: Double) -> Bool {
            switch self {
            case .atMost(let limit): value <= limit
            case .atLeast(let limit): value >= limit
            }
        }
    }

    /// How a report answers a target.
    struct Verdict: Sendable, Encodable {
        let target: String
        let wanted: String
        let measured: String?
        let isMet: Bool?
    }

    /// What `report` says about it.
    func verdict(in report: Report) -> Verdict {
        let unit = unit ?? .ratio
        let wanted =
            switch bound {
            case .atMost(let limit): "≤ \(Quantity(limit, unit))"
            case .atLeast(let limit): "≥ \(Quantity(limit, unit))"
            }
        guard let figure = report[key], let value = unit == .ratio ? figure.ratio?.median : figure.value.median else {
            return Verdict(target: name, wanted: wanted, measured: nil, isMet: nil)
        }
        return Verdict(target: name, wanted: wanted, measured: "\(Quantity(value, unit))", isMet: bound.admits(value))
    }
}

extension [Target.Verdict] {
    /// The verdicts for people.
    var table: TextTable {
        var table = TextTable([("target", .left), ("wanted", .right), ("measured", .right), ("", .left)])
        for verdict in self {
            let word = verdict.isMet.map { $0 ? "met" : "NOT MET" } ?? "not measured"
            table.append([verdict.target, verdict.wanted, verdict.measured ?? "–", word])
        }
        return table
    }
}
