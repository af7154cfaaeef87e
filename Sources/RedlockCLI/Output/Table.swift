/// Columns of text, aligned, within a width.
struct Table {
    /// The column titles.
    let titles: [String]
    /// The rows in their order.
    private(set) var rows: [Row] = []

    /// One row.
    enum Row {
        /// A cell for every column.
        case cells([String])
        /// The first cell, and instead of the others a sentence, which is broken into lines where needed.
        case note(String, String)
    }

    private static let gap = 2
    private static let leastFirstColumn = 12
    private static let leastNote = 24

    /// An empty table.
    init(_ titles: String...) {
        self.titles = titles
    }

    /// An empty table whose columns depend on something.
    init(_ titles: [String]) {
        self.titles = titles
    }

    /// Adds a row.
    mutating func append(_ row: Row) { rows.append(row) }

    /// The lines, title first. The first column gives way where they would be too wide: of a long URL its two ends are shown.
    func lines(width: Int, indent: Int = 2) -> [String] {
        var widths = titles.map(\.columns)
        for row in rows {
            switch row {
            case .cells(let cells): for (column, cell) in cells.enumerated() { widths[column] = max(widths[column], cell.columns) }
            case .note(let first, _): widths[0] = max(widths[0], first.columns)
            }
        }
        let rest = widths.dropFirst().reduce(0) { $0 + $1 + Self.gap }
        let hasNotes = rows.contains { if case .note = $0 { true } else { false } }
        let right = max(rest, hasNotes ? Self.leastNote + Self.gap : 0)
        widths[0] = min(widths[0], max(width - indent - right, Self.leastFirstColumn))

        let margin = String(repeating: " ", count: indent)
        var lines = [margin + aligned(titles, widths)]
        for row in rows {
            switch row {
            case .cells(let cells): lines.append(margin + aligned(cells, widths))
            case .note(let first, let text): lines += note(first, text, widths[0], width - indent).map { margin + $0 }
            }
        }
        return lines
    }

    private func aligned(_ cells: [String], _ widths: [Int]) -> String {
        var line = ""
        for (cell, width) in zip(cells, widths) {
            let shown = Self.shortened(cell, to: width)
            line += shown + String(repeating: " ", count: width - shown.columns + Self.gap)
        }
        while line.last == " " { line.removeLast() }
        return line
    }

    private func note(_ first: String, _ text: String, _ firstWidth: Int, _ width: Int) -> [String] {
        let start = firstWidth + Self.gap
        let wrapped = Self.wrapped(text, width: max(width - start, Self.leastNote))
        return wrapped.enumerated().map { index, line in
            index == 0 ? aligned([first, line], [firstWidth, line.columns]) : String(repeating: " ", count: start) + line
        }
    }

    /// The text with its middle left out if it is longer than `width`.
    static func shortened(_ text: String, to width: Int) -> String {
        guard text.columns > width, width > 0 else { return text }
        let tail = (width - 1) / 2
        return text.prefix(columns: width - 1 - tail) + "…" + text.suffix(columns: tail)
    }

    /// The text in lines of at most `width` characters, broken at blanks, and within a word only if it is longer than a line.
    static func wrapped(_ text: String, width: Int) -> [String] {
        // A wide character needs two.
        let width = max(width, 2)
        var lines: [String] = []
        var line = ""
        var used = 0
        for word in text.split(separator: " ") {
            var word = word
            var needed = word.columns
            if !line.isEmpty, used + 1 + needed > width {
                lines.append(line)
                (line, used) = ("", 0)
            }
            while needed > width {
                let head = word.prefix(columns: width)
                lines.append(String(head))
                word = word[head.endIndex...]
                needed = word.columns
            }
            used += line.isEmpty ? needed : needed + 1
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return line.isEmpty && !lines.isEmpty ? lines : lines + [line]
    }
}
