import Foundation

/// One diagram: axes with ticks, lines with their names. Vertical scale always logarithmic.
struct PlotPanel: Sendable {
    /// A named line through points.
    struct Line: Sendable {
        let name: String
        let points: [(x: Double, y: Double)]
    }

    let title: String
    let horizontal: String
    let vertical: String
    let lines: [Line]
    /// Where the horizontal axis is labelled, and how.
    let ticks: [(x: Double, label: String)]
    /// How a value of the vertical axis is written.
    let label: @Sendable (Double) -> String

    static let width = 420.0
    static let height = 334.0
    private static let margin = (left: 62.0, right: 22.0, top: 34.0, bottom: 74.0)

    /// The panel as SVG, its upper left corner at the origin.
    var svg: String {
        let points = lines.flatMap(\.points).filter { $0.y > 0 }
        guard let low = points.map(\.y).min(), let high = points.map(\.y).max(), let first = ticks.first, let last = ticks.last else {
            return ""
        }
        let scale = Scale(x: first.x...max(last.x, first.x + 1e-9), y: Self.decades(low, high))
        var parts = ["<text class=\"title\" x=\"\(Self.margin.left)\" y=\"18\">\(Self.escaped(title))</text>"]
        parts += grid(scale)
        for (index, (line, place)) in zip(lines, namePlaces).enumerated() { parts += draw(line, index, scale, named: place) }
        return parts.joined(separator: "\n")
    }

    private struct Scale {
        let x: ClosedRange<Double>
        let y: ClosedRange<Double>

        func place(_ point: (x: Double, y: Double)) -> (Double, Double) {
            let inner = (
                PlotPanel.width - PlotPanel.margin.left - PlotPanel.margin.right,
                PlotPanel.height - PlotPanel.margin.top - PlotPanel.margin.bottom
            )
            let right = (point.x - x.lowerBound) / (x.upperBound - x.lowerBound)
            let up = (log10(point.y) - log10(y.lowerBound)) / (log10(y.upperBound) - log10(y.lowerBound))
            return (PlotPanel.margin.left + right * inner.0, PlotPanel.margin.top + (1 - up) * inner.1)
        }
    }

    /// The range in steps of 1, 2 and 5 that the values lie in.
    private static func decades(_ low: Double, _ high: Double) -> ClosedRange<Double> {
        let steps = steps(from: low / 10, to: high * 10)
        let bottom = steps.last { $0 <= low } ?? low
        let top = steps.first { $0 >= high } ?? high
        return bottom...max(top, bottom * 2)
    }

    private static func steps(from low: Double, to high: Double) -> [Double] {
        let decades = Int(log10(low).rounded(.down))...Int(log10(high).rounded(.up))
        return decades.flatMap { decade in [1, 2, 5].map { $0 * pow(10, Double(decade)) } }.filter { $0 >= low && $0 <= high }
    }

    private func grid(_ scale: Scale) -> [String] {
        var parts: [String] = []
        var rows = Self.steps(from: scale.y.lowerBound * 0.999, to: scale.y.upperBound * 1.001)
        // Over many decades only the powers of ten are labelled.
        if rows.count > 9 { rows = rows.filter { String($0).first { $0 != "0" && $0 != "." } == "1" } }
        for row in rows {
            let (_, y) = scale.place((scale.x.lowerBound, row))
            parts.append("<path class=\"grid\" d=\"M\(Self.margin.left) \(Self.short(y))H\(Self.width - Self.margin.right)\"/>")
            parts.append(
                "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.margin.left - 6)\" y=\"\(Self.short(y + 4))\">\(label(row))</text>")
        }
        let bottom = Self.height - Self.margin.bottom
        for tick in ticks {
            let (x, _) = scale.place((tick.x, scale.y.lowerBound))
            parts.append("<path class=\"grid\" d=\"M\(Self.short(x)) \(Self.margin.top)V\(bottom)\"/>")
            parts.append("<text class=\"tick\" text-anchor=\"middle\" x=\"\(Self.short(x))\" y=\"\(bottom + 15)\">\(tick.label)</text>")
        }
        parts.append(
            "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.width - Self.margin.right)\" y=\"\(bottom + 31)\">\(Self.escaped(horizontal))</text>"
        )
        parts.append(
            "<text class=\"tick\" text-anchor=\"end\" x=\"\(Self.width - Self.margin.right)\" y=\"18\">\(Self.escaped(vertical))</text>")
        return parts
    }

    /// Where the names stand: below the axis, where no line can be, in as many rows as they need. Their width is only estimated.
    private var namePlaces: [(x: Double, y: Double)] {
        var (left, row) = (Self.margin.left, Self.height - 26)
        return lines.map { line in
            let width = 36 + 6 * Double(line.name.count)
            if left > Self.margin.left, left + width > Self.width { (left, row) = (Self.margin.left, row + 16) }
            defer { left += width }
            return (left, row)
        }
    }

    private func draw(_ line: Line, _ index: Int, _ scale: Scale, named place: (x: Double, y: Double)) -> [String] {
        let places = line.points.filter { $0.y > 0 && scale.x.contains($0.x) }.map(scale.place)
        guard !places.isEmpty else { return [] }
        let path = places.map { "\(Self.short($0.0)) \(Self.short($0.1))" }.joined(separator: "L")
        return [
            "<path class=\"line c\(index % 5)\" d=\"M\(path)\"/>",
            "<path class=\"line c\(index % 5)\" d=\"M\(place.x) \(place.y - 4)h16\"/>",
            "<text class=\"name\" x=\"\(place.x + 21)\" y=\"\(place.y)\">\(Self.escaped(line.name))</text>",
        ]
    }

    private static func short(_ value: Double) -> String { Quantity.fixed(value, places: 1) }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }
}
