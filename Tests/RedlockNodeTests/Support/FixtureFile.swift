import Foundation
import Testing

/// A table in Fixtures: one case per line, columns between bars, `#` for comments.
struct FixtureFile {
    let rows: [Row]

    struct Row: Sendable, CustomTestStringConvertible {
        let columns: [String]
        /// File and line.
        let place: String

        var testDescription: String { "\(place): \(columns.joined(separator: " | "))" }
    }

    /// - Parameter path: inside the directory Fixtures.
    init(_ path: String, columns: Int) throws {
        // Tests/RedlockNodeTests/Support/FixtureFile.swift
        var root = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { root.deleteLastPathComponent() }
        let text = try String(contentsOf: root.appendingPathComponent("Fixtures/\(path)"), encoding: .utf8)
        var rows: [Row] = []
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
        where !line.hasPrefix("#") && !line.allSatisfy(\.isWhitespace) {
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            try #require(cells.count == columns, "Fixtures/\(path), line \(index + 1): wants \(columns) columns")
            rows.append(Row(columns: cells, place: "\(path):\(index + 1)"))
        }
        self.rows = rows
    }

    /// `\r\n` in a table stands for the two bytes.
    static func unescaped(_ text: String) -> String {
        text.replacingOccurrences(of: "\\r", with: "\r").replacingOccurrences(of: "\\n", with: "\n")
    }
}
