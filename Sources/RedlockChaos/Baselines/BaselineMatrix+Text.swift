import Foundation

extension BaselineMatrix {
    private static let nameWidth = 21
    private static let cellWidth = 13

    private func rows() -> [(recipe: any LockRecipe.Type, cells: [Cell])] {
        var rows: [(recipe: any LockRecipe.Type, cells: [Cell])] = []
        for cell in cells {
            if rows.last?.recipe == cell.recipe {
                rows[rows.count - 1].cells.append(cell)
            } else {
                rows.append((cell.recipe, [cell]))
            }
        }
        return rows
    }

    /// For people, at most 100 columns: the matrix, below it the reasons, at last what that means.
    var text: String {
        let rows = rows()
        var lines = [
            Self.row("", BaselineFault.allCases.map(\.title.0)), Self.row("recipe", BaselineFault.allCases.map(\.title.1)),
        ]
        lines += rows.map { row in Self.row(row.recipe.name, row.cells.map(\.word)) }
        for (recipe, cells) in rows {
            lines += ["", "\(recipe.name): \(recipe.summary)"]
            for cell in cells where cell.verdict != nil || cell.hasFailed {
                let title = "\(cell.fault.title.0) \(cell.fault.title.1)"
                lines.append("  \(padded(title, 23, cutting: false))\(padded(cell.word, 13, cutting: false))\(cell.reason)")
            }
        }
        return (lines + ["", summary]).joined(separator: "\n")
    }

    /// One line on the whole, and one on each cell that is not as expected.
    private var summary: String {
        let run = cells.filter { $0.verdict != nil || $0.hasFailed }
        let odd = run.filter { !$0.isAsExpected }
        let known = run.filter { $0.isAsExpected && $0.verdict != .held }.count
        let headline =
            switch conclusion {
            case .asExpected: "as expected: \(known) known failures were seen" + (run.contains(where: \.isRedlock) ? ", redlock held" : "")
            case .redlockBroke: "REDLOCK BROKE"
            case .harnessFailed: "the harness failed, so this run proves nothing"
            case .unseenFailure: "not as expected: a harness that does not see what is known to break cannot be believed either"
            }
        return
            ([headline]
            + odd.map {
                "  \($0.recipe.name), \($0.fault.rawValue): expected \($0.expected?.rawValue ?? "–"), saw \($0.word): \($0.reason)"
            })
            .joined(separator: "\n")
    }

    private static func row(_ name: String, _ words: [String]) -> String {
        var line = padded(name, nameWidth, cutting: false) + words.map { padded($0, cellWidth, cutting: false) }.joined()
        while line.last == " " { line.removeLast() }
        return line
    }
}

extension BaselineMatrix {
    private struct Entry: Encodable {
        let recipe: String
        let fault: BaselineFault
        /// Null where the fault means nothing to the recipe, or the harness failed.
        let verdict: BaselineVerdict?
        let expected: BaselineVerdict?
        let asExpected: Bool
        let reason: String
    }

    /// For machines: an array with an object for each cell.
    func json() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        let entries = cells.map {
            Entry(
                recipe: $0.recipe.name, fault: $0.fault, verdict: $0.verdict, expected: $0.expected, asExpected: $0.isAsExpected,
                reason: $0.reason)
        }
        return String(decoding: try encoder.encode(entries), as: UTF8.self)
    }
}
