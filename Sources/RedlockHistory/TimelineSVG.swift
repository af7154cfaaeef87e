package import RedlockCore

/// A history as a picture: a row for every process with its leases as bars, and a row for every node with whose key it
/// has, in the colour of the lease; faults are numbered lines, told below. Two bars above each other in the rows of the
/// processes, on the same resource, are two holders.
package struct TimelineSVG {
    private let history: History
    private let from: Instant
    private let until: Instant
    private let evidence: Evidence?
    private let attempts: Attempts
    private let width = 1280.0
    private let left = 90.0
    private let rowHeight = 26.0

    package init(_ history: History, from: Instant = Instant(nanoseconds: 0), until: Instant? = nil) {
        self.init(history, from: from, until: until ?? history.end, evidence: nil)
    }

    /// What was found, marked, and the time around it; of a run without a finding all up to a little after the healing.
    package init(_ history: History, report: Report, margin: Nanoseconds) {
        guard let evidence = report.violated.flatMap({ $0.verdict.evidence.first }) else {
            let healed = history.operations.first { if case .healed = $0.what { true } else { false } }?.at
            let end = healed.map { min($0 + margin / 2, history.end) } ?? history.end
            self.init(history, from: Instant(nanoseconds: 0), until: end, evidence: nil)
            return
        }
        let leases = history.leases.filter { evidence.leases.contains($0.id) }
        let first = min(leases.map(\.grantedAt).min() ?? evidence.at, evidence.at)
        let last = max(leases.map(\.reliedOnUntil).max() ?? evidence.at, evidence.at)
        self.init(
            history, from: max(first - margin, Instant(nanoseconds: 0)), until: min(last + margin / 2, history.end), evidence: evidence)
    }

    private init(_ history: History, from: Instant, until: Instant, evidence: Evidence?) {
        self.history = history
        self.from = from
        self.until = max(until, from + Nanoseconds(1))
        self.evidence = evidence
        attempts = Attempts(history)
    }

    package var text: String {
        let processes = Array(Set(history.operations.map(\.process).filter { $0 >= 0 })).sorted()
        let nodes = Array(Set(attempts.keys.map(\.node))).sorted()
        let faults = history.operations.filter { isShown($0.at) && $0.what.faultText != nil }
        let bottom = top(of: processes.count + nodes.count + 1)
        var parts: [String] = []
        for (row, process) in processes.enumerated() {
            parts.append(label("process \(process)", row: row))
            for lease in history.leases where lease.process == process { parts.append(bar(lease, row: row)) }
        }
        for (offset, node) in nodes.enumerated() {
            let row = processes.count + 1 + offset
            parts.append(label("node \(node)", row: row))
            for key in attempts.keys where key.node == node {
                parts.append(bar(key.from, key.until, row: row, token: key.token, "", "key of token #\(key.token)"))
            }
        }
        for (index, fault) in faults.enumerated() { parts += line(fault, number: index + 1, bottom: bottom) }
        parts += axis(at: bottom)
        for (index, fault) in faults.enumerated() {
            let text = "\(index + 1)  \(fault.at.text) ms  \(fault.what.faultText ?? "")"
            parts.append(Self.text(text, x: left, y: bottom + 44 + 15 * Double(index), fill: "#933"))
        }
        if let evidence { parts.append(Self.text(evidence.sentence, x: left, y: 16, fill: "#c00", "font-weight=\"bold\"")) }
        let height = bottom + 50 + 15 * Double(faults.count)
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width + left + 30))" height="\(Int(height))" font-family="monospace" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            \(parts.filter { !$0.isEmpty }.joined(separator: "\n"))
            </svg>

            """
    }

    // MARK: Parts

    private func isShown(_ instant: Instant) -> Bool { instant >= from && instant <= until }

    private func top(of row: Int) -> Double { 40 + rowHeight * Double(row) }

    private func x(_ instant: Instant) -> Double {
        left + width * min(max(Double((instant - from).count) / Double((until - from).count), 0), 1)
    }

    private func label(_ text: String, row: Int) -> String { Self.text(text, x: 6, y: top(of: row) + 13) }

    private func bar(_ lease: HeldLease, row: Int) -> String {
        let title = "lease \(lease.id) on \(lease.resource), fencing token \(lease.fence)"
        let isMarked = evidence?.leases.contains(lease.id) == true
        return bar(
            lease.grantedAt, lease.reliedOnUntil, row: row, token: attempts.tokens[lease.id] ?? 0, "\(lease.resource) #\(lease.id)", title,
            isMarked ? "stroke=\"#c00\" stroke-width=\"2.5\"" : "")
    }

    private func bar(
        _ start: Instant, _ end: Instant, row: Int, token: UInt64, _ caption: String, _ title: String, _ style: String = ""
    ) -> String {
        guard end > from, start < until else { return "" }
        let (x0, y0) = (x(start), top(of: row))
        let width = max(x(end) - x0, 0.8)
        let rectangle =
            "<rect x=\"\(Self.rounded(x0))\" y=\"\(Int(y0))\" width=\"\(Self.rounded(width))\" height=\"18\""
            + " fill=\"hsl(\(token * 137 % 360),60%,72%)\" \(style)><title>\(Self.escaped(title)), \(start.text) to \(end.text) ms</title></rect>"
        // About 7 points a letter.
        guard !caption.isEmpty, width > Double(caption.count * 7 + 6) else { return rectangle }
        return rectangle + Self.text(caption, x: x0 + 4, y: y0 + 13)
    }

    private func line(_ fault: Operation, number: Int, bottom: Double) -> [String] {
        let x = x(fault.at)
        return [
            "<line x1=\"\(Self.rounded(x))\" x2=\"\(Self.rounded(x))\" y1=\"34\" y2=\"\(Int(bottom))\" stroke=\"#c33\" stroke-dasharray=\"3 3\">"
                + "<title>\(Self.escaped(fault.what.faultText ?? "")), at \(fault.at.text) ms</title></line>",
            // In two heights, so that neighbours can be told apart.
            Self.text("\(number)", x: x, y: number % 2 == 0 ? 24 : 33, fill: "#933", "text-anchor=\"middle\" font-size=\"9\""),
        ]
    }

    private func axis(at y: Double) -> [String] {
        let span = (until - from).count
        // The largest of 1, 2 and 5 times a power of ten that makes at least five steps.
        var step: Int64 = 1_000
        for size in [2, 5, 10, 20, 50] as [Int64] {
            var larger = 1_000 * size
            while larger <= span / 5 {
                step = max(step, larger)
                larger *= 10
            }
        }
        var parts = ["<line x1=\"\(left)\" x2=\"\(left + width)\" y1=\"\(Int(y))\" y2=\"\(Int(y))\" stroke=\"#888\"/>"]
        var mark = (from.nanoseconds + step - 1) / step * step
        while mark <= until.nanoseconds {
            let x = x(Instant(nanoseconds: mark))
            parts.append(
                "<line x1=\"\(Self.rounded(x))\" x2=\"\(Self.rounded(x))\" y1=\"\(Int(y))\" y2=\"\(Int(y + 5))\" stroke=\"#888\"/>")
            let text = step >= 1_000_000 ? "\(mark / 1_000_000) ms" : "\(Instant(nanoseconds: mark).text) ms"
            parts.append(Self.text(text, x: x, y: y + 18, fill: "#555", "text-anchor=\"middle\""))
            mark += step
        }
        return parts
    }

    // MARK: Writing

    private static func text(_ text: String, x: Double, y: Double, fill: String = "#222", _ style: String = "") -> String {
        "<text x=\"\(rounded(x))\" y=\"\(Int(y))\" fill=\"\(fill)\" \(style)>\(escaped(text))</text>"
    }

    private static func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}

/// Which token each lease was granted under, and when which node had whose key, as far as deletions and new keys tell; an
/// expiry shows as the next key.
private struct Attempts {
    struct Key {
        let node: Int
        let token: UInt64
        let from: Instant
        var until: Instant
    }

    private struct Place: Hashable {
        let node: Int
        let resource: String
    }

    private(set) var tokens: [Int: UInt64] = [:]
    private(set) var keys: [Key] = []

    init(_ history: History) {
        var resources: [Int: String] = [:]
        var resourceOfToken: [UInt64: String] = [:]
        var open: [Place: Int] = [:]
        for operation in history.operations {
            switch operation.what {
            case .acquire(let resource): resources[operation.lease] = resource
            case .tried(let token):
                tokens[operation.lease] = token
                resourceOfToken[token] = resources[operation.lease]
            case .stored(let node, let token):
                let place = Place(node: node, resource: resourceOfToken[token] ?? "")
                if let index = open[place] { keys[index].until = operation.at }
                open[place] = keys.count
                keys.append(Key(node: node, token: token, from: operation.at, until: history.end))
            case .deleted(let node, let token, _):
                let place = Place(node: node, resource: resourceOfToken[token] ?? "")
                if let index = open.removeValue(forKey: place) { keys[index].until = operation.at }
            default: break
            }
        }
    }
}

extension Operation.What {
    /// What a line across the picture stands for.
    fileprivate var faultText: String? {
        switch self {
        case .note(let text): text
        case .healed: "healed: nothing fails from here on"
        case .outside(let assumption): "outside the model: \(assumption.sentence)"
        default: nil
        }
    }
}

extension Verdict {
    fileprivate var evidence: [Evidence] { if case .invalid(let evidence) = self { evidence } else { [] } }
}
