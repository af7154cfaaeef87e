/// What the doctor found, for people and for programs.
struct DoctorReport {
    /// The nodes as they are shown.
    let nodes: [String]
    /// What was found, in the order of the checks.
    let findings: [Finding]

    /// The worst there is.
    var level: Finding.Level { findings.map(\.level).max() ?? .ok }

    private static let levelWidth = 9
    private static let checkWidth = 13
    private static let labelWidth = 6

    /// A line for each finding; where something is wrong, below it the nodes, why it matters and what mends it.
    ///
    /// - Parameter explains: whether it is said everywhere why it matters.
    func lines(width: Int, explains: Bool = false, colour: Bool = false) -> [String] {
        findings.flatMap { lines(of: $0, width, explains, colour) } + [Self.painted(level, summary, colour)]
    }

    private func lines(of finding: Finding, _ width: Int, _ explains: Bool, _ colour: Bool) -> [String] {
        let title = finding.check.rawValue.replacing("_", with: " ")
        let head = Self.padded(finding.level.rawValue, Self.levelWidth)
        let start = Self.levelWidth + Self.checkWidth
        let margin = String(repeating: " ", count: start)
        let detail = Table.wrapped(finding.detail, width: max(width - start, 18))
        var lines = [Self.painted(finding.level, head, colour) + Self.padded(title, Self.checkWidth) + (detail.first ?? "")]
        lines += detail.dropFirst().map { margin + $0 }
        let below = String(repeating: " ", count: Self.levelWidth)
        func add(_ label: String, _ text: String) {
            let wrapped = Self.wrapped(text, width: max(width - Self.levelWidth - Self.labelWidth, 24))
            for (index, line) in wrapped.enumerated() {
                lines.append(below + Self.padded(index == 0 ? label : "", Self.labelWidth) + line)
            }
        }
        for node in finding.nodes { add("node", nodes[node]) }
        if finding.level > .ok || explains { add("why", finding.check.why) }
        if let remedy = finding.remedy { add("do", remedy) }
        return lines
    }

    private var summary: String {
        let errors = findings.count { $0.level == .error }
        let warnings = findings.count { $0.level == .warning }
        func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }
        return errors + warnings == 0
            ? "healthy: nothing to mend" : "\(counted(errors, "error")), \(counted(warnings, "warning"))"
    }

    private static func painted(_ level: Finding.Level, _ text: String, _ isOn: Bool) -> String {
        let role: Paint.Role =
            switch level {
            case .ok: .good
            case .warning: .doubtful
            case .error: .bad
            }
        return Paint.put(role, on: text, if: isOn)
    }

    /// Like the table's, but a command between backticks is never broken, so that it can be copied: rather is its line too long.
    private static func wrapped(_ text: String, width: Int) -> [String] {
        let pieces = text.split(separator: "`", omittingEmptySubsequences: false).enumerated()
        let joined = pieces.map { $0.offset % 2 == 0 ? String($0.element) : "`\($0.element.replacing(" ", with: "\u{A0}"))`" }.joined()
        var lines: [String] = []
        var line = ""
        for word in joined.split(separator: " ") {
            if !line.isEmpty, line.columns + 1 + word.columns > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? String(word) : " \(word)"
        }
        return (lines + [line]).map { $0.replacing("\u{A0}", with: " ") }
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, 1))
    }

    /// The object of one finding in the output of `redlock doctor --json`.
    struct Object: Encodable {
        /// The check's name.
        let check: String
        /// ok, warning or error.
        let level: String
        /// The nodes it is about; empty if it is about all of them together.
        let nodes: [String]
        /// What there is.
        let detail: String
        /// Why it matters.
        let why: String
        /// What mends it.
        let remedy: String?
    }

    /// For programs.
    var objects: [Object] {
        findings.map { finding in
            Object(
                check: finding.check.rawValue, level: finding.level.rawValue, nodes: finding.nodes.map { nodes[$0] },
                detail: finding.detail, why: finding.check.why, remedy: finding.remedy)
        }
    }
}
