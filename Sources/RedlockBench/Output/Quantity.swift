/// A number with its unit, as people read it.
struct Quantity: Sendable, CustomStringConvertible {
    /// What is counted.
    enum Unit: String, Sendable, Encodable {
        case microseconds = "µs"
        case milliseconds = "ms"
        case perSecond = "/s"
        case bytes = "B"
        case mebibytes = "MiB"
        case count = ""
        case ratio = "×"
    }

    let value: Double
    let unit: Unit

    init(_ value: Double, _ unit: Unit) {
        self.value = value
        self.unit = unit
    }

    var description: String {
        switch unit {
        case .microseconds where abs(value) >= 1_000_000: "\(Self.digits(value / 1_000_000)) s"
        case .microseconds where abs(value) >= 10_000: "\(Self.digits(value / 1_000)) ms"
        case .perSecond: "\(Self.grouped(value)) /s"
        case .bytes: "\(Self.grouped(value)) B"
        case .count: Self.digits(value)
        case .ratio: "\(Self.fixed(value, places: 2)) ×"
        default: "\(Self.digits(value)) \(unit.rawValue)"
        }
    }

    /// About three digits.
    static func digits(_ value: Double) -> String {
        switch abs(value) {
        case 1_000...: grouped(value)
        case 100...: fixed(value, places: 0)
        case 10...: fixed(value, places: 1)
        default: fixed(value, places: 2)
        }
    }

    /// Whole, in groups of three.
    static func grouped(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "–" }
        let digits = String(Int(abs(value).rounded()))
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index).isMultiple(of: 3) { text += "," }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    /// With that many digits after the point.
    static func fixed(_ value: Double, places: Int) -> String {
        guard value.isFinite, abs(value) < 1e12 else { return "–" }
        let scale = (0..<places).reduce(1.0) { product, _ in product * 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let sign = value < 0 && scaled > 0 ? "-" : ""
        guard places > 0 else { return "\(sign)\(scaled)" }
        let fraction = String(scaled % Int(scale))
        return "\(sign)\(scaled / Int(scale)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
    }
}
