import Foundation
import Histogram

/// The report as a picture: latencies over percentiles, and costs over what they grow with. Light and dark.
struct Plot: Sendable {
    private let panels: [PlotPanel]

    /// Nil if nothing was measured that could be drawn.
    init?(_ report: Report) {
        panels = Self.latencies(report.distributions) + Self.growths(report.growths)
        if panels.isEmpty { return nil }
    }

    /// The whole file.
    var svg: String {
        let columns = min(panels.count, 3)
        let rows = (panels.count + columns - 1) / columns
        let size = (Double(columns) * PlotPanel.width, Double(rows) * PlotPanel.height)
        let placed = panels.enumerated().map { index, panel in
            let corner = (Double(index % columns) * PlotPanel.width, Double(index / columns) * PlotPanel.height)
            return "<g transform=\"translate(\(corner.0) \(corner.1))\">\n\(panel.svg)\n</g>"
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(size.0) \(size.1)" width="\(size.0)" height="\(size.1)">
            <title>redlock-bench</title>
            <style>
            .paper { fill: #ffffff; } text { font: 11px system-ui, sans-serif; fill: #1f2328; }
            .title { font-weight: 600; font-size: 13px; } .tick { opacity: .75; }
            .grid { stroke: #d1d9e0; stroke-width: .6; fill: none; }
            .line { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
            .c0 { stroke: #d1242f; } .c1 { stroke: #0969da; } .c2 { stroke: #8c959f; } .c3 { stroke: #1a7f37; } .c4 { stroke: #9a6700; }
            @media (prefers-color-scheme: dark) {
            .paper { fill: #0d1117; } text { fill: #f0f6fc; } .grid { stroke: #3d444d; }
            .c0 { stroke: #ff7b72; } .c1 { stroke: #58a6ff; } .c2 { stroke: #9198a1; } .c3 { stroke: #3fb950; } .c4 { stroke: #d29922; }
            }
            </style>
            <rect class="paper" width="100%" height="100%"/>
            \(placed.joined(separator: "\n"))
            </svg>

            """
    }

    /// Percentiles stand where the tail has room: each nine takes as much as the one before.
    private static func latencies(_ distributions: [Report.Distribution]) -> [PlotPanel] {
        let percentiles = [0, 50, 90, 99, 99.9, 99.99]
        let position: (Double) -> Double = { $0 == 0 ? 0 : -log10(1 - $0 / 100) }
        let steps = stride(from: 0.0, through: 4.0, by: 0.05).map { 100 * (1 - pow(10, -$0)) }
        return inOrder(distributions, by: \.panel).map { title, group in
            PlotPanel(
                title: "acquire, \(title)", horizontal: "percentile", vertical: "latency",
                lines: group.map { distribution in
                    // Beyond one in as many as there are, percentiles say nothing new.
                    let end = log10(Double(max(distribution.latencies.totalCount, 10)))
                    return PlotPanel.Line(
                        name: distribution.name,
                        points: steps.filter { position($0) <= end }.map { percentile in
                            (position(percentile), Double(distribution.latencies.valueAtPercentile(percentile)) / 1_000)
                        })
                },
                ticks: percentiles.map { (position($0), $0 == $0.rounded() ? "\(Int($0))" : "\($0)") },
                label: { $0 >= 1_000 ? "\(Quantity.digits($0 / 1_000)) ms" : "\(Quantity.digits($0)) µs" })
        }
    }

    /// Every cost as a multiple of its least.
    private static func growths(_ growths: [Report.Growth]) -> [PlotPanel] {
        inOrder(growths, by: \.panel).map { title, group in
            let places = group.first?.points.map(\.0) ?? []
            return PlotPanel(
                title: "cost by \(title)", horizontal: title, vertical: "multiple of the least",
                lines: group.map { growth in
                    let least = growth.points.map(\.1).filter { $0 > 0 }.min() ?? 1
                    return PlotPanel.Line(name: growth.quantity, points: growth.points.map { (log10($0.0), $0.1 / least) })
                },
                ticks: places.map { (log10($0), Quantity.grouped($0)) }, label: { "\(Quantity.fixed($0, places: 1)) ×" })
        }
    }

    private static func inOrder<Item>(_ items: [Item], by key: KeyPath<Item, String>) -> [(String, [Item])] {
        var groups: [(String, [Item])] = []
        for item in items {
            if let index = groups.firstIndex(where: { $0.0 == item[keyPath: key] }) {
                groups[index].1.append(item)
            } else {
                groups.append((item[keyPath: key], [item]))
            }
        }
        return groups
    }
}
