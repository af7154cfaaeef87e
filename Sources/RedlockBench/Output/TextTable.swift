/// Aligned columns for people.
struct TextTable {
    /// Where a column's text stands.
    enum Side { case left, right }

    private let sides: [Side]
    private var rows: [[String]]

    /// A table with its titles.
    init(_ columns: [(title: String, side: Side)]) {
        sides = columns.map(\.side)
        rows = [columns.map(\.title)]
    }

    /// Adds a row.
    mutating func append(_ cells: [String]) { rows.append(cells) }

    /// True if there is nothing but titles.
    var isEmpty: Bool { rows.count == 1 }

    /// The lines, titles first and underlined.
    var lines: [String] {
        let widths = sides.indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in line(row, widths) }
        lines.insert(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "), at: 1)
        return lines
    }

    private func line(_ row: [String], _ widths: [Int]) -> String {
        var line = zip(row, zip(widths, sides)).map { cell, shape in
            let padding = String(repeating: " ", count: shape.0 - cell.count)
            return shape.1 == .left ? cell + padding : padding + cell
        }.joined(separator: "  ")
        while line.last == " " { line.removeLast() }
        return line
    }
}
