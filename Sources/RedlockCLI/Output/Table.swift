/// Columns of text, aligned, within a width.
struct Table {
    /// The column titles.
    let titles: [String]
    /// The titles of columns that are left out where the terminal is too narrow, the first of them first.
    private let expendable: [String]
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
    init(_ titles: String...) { self.init(titles) }

    /// An empty table whose columns depend on something.
    init(_ titles: [String], expendable: [String] = []) {
        self.titles = titles
        self.expendable = expendable
    }

    /// Adds a row.
    mutating func append(_ row: Row) { rows.append(row) }

    /// The lines, title first. Where they would be too wide the first column gives way, of a long URL its two ends are shown; then
    /// columns are left out.
    func lines(width: Int, indent: Int = 2) -> [String] {
        var widths = titles.map(\.columns)
        for row in rows {
            switch row {
            case .cells(let cells): for (column, cell) in cells.enumerated() { widths[column] = max(widths[column], cell.columns) }
            case .note(let first, _): widths[0] = max(widths[0], first.columns)
            }
        }
        var shown = Array(titles.indices)
        func rest() -> Int { shown.dropFirst().reduce(0) { $0 + widths[$1] + Self.gap } }
        for title in expendable where min(widths[0], Self.leastFirstColumn) + rest() > width - indent {
            shown.removeAll { titles[$0] == title }
        }
        let rest = rest()
        let hasNotes = rows.contains { if case .note = $0 { true } else { false } }
        let right = max(rest, hasNotes ? Self.leastNote + Self.gap : 0)
        widths[0] = min(widths[0], max(width - indent - right, Self.leastFirstColumn))

        let margin = String(repeating: " ", count: indent)
        func visible<Cell>(_ cells: [Cell]) -> [Cell] { shown.map { cells[$0] } }
        var lines = [margin + aligned(visible(titles), visible(widths))]
        for row in rows {
            switch row {
            case .cells(let cells): lines.append(margin + aligned(visible(cells), visible(widths)))
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
