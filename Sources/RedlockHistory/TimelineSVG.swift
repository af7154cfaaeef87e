package import RedlockCore

/// A history as a picture: a row for every process with its leases as bars, and a row for every node with whose key it
/// has; faults are vertical lines. Overlapping bars of the same colour in different rows are two holders.
package struct TimelineSVG {
    private let history: History
    private let from: Instant
    private let until: Instant
    private let width = 1400.0
    private let left = 110.0
    private let rowHeight = 26.0

    package init(_ history: History, from: Instant = Instant(nanoseconds: 0), until: Instant? = nil) {
        self.history = history
        self.from = from
        self.until = until ?? history.end
    }

    package var text: String {
        let leases = history.leases
        let processes = Array(Set(history.operations.map(\.process).filter { $0 >= 0 })).sorted()
        let nodes = Array(Set(nodeKeys.map(\.node))).sorted()
        let height = rowHeight * Double(processes.count + nodes.count + 2) + 40
        var rows: [String] = []
        for (row, process) in processes.enumerated() {
            rows.append(label("process \(process)", row: row))
            for lease in leases where lease.process == process {
                rows.append(
                    bar(
                        lease.grantedAt, lease.reliedOnUntil, row: row, hue: hue(lease.resource),
                        "lease \(lease.id) on \(lease.resource), fencing token \(lease.fence)"))
            }
        }
        for (offset, node) in nodes.enumerated() {
            let row = processes.count + 1 + offset
            rows.append(label("node \(node)", row: row))
            for key in nodeKeys where key.node == node {
                rows.append(bar(key.from, key.until, row: row, hue: Int(key.token % 12) * 30, "key of token #\(key.token)"))
            }
        }
        for operation in history.operations {
            if case .note(let text) = operation.what { rows.append(line(operation.at, text, height: height)) }
            if case .healed = operation.what { rows.append(line(operation.at, "healed", height: height)) }
        }
        return """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(Int(width + left + 20))" height="\(Int(height))" font-family="monospace" font-size="11">
            <rect width="100%" height="100%" fill="white"/>
            \(rows.joined(separator: "\n"))
            <text x="\(left)" y="\(Int(height - 6))">\(from.text) ms</text>
            <text x="\(left + width)" y="\(Int(height - 6))" text-anchor="end">\(until.text) ms</text>
            </svg>

            """
    }

    private struct NodeKey {
        let node: Int
        let token: UInt64
        let from: Instant
        var until: Instant
    }

    /// When which node had whose key, as far as deletions and new keys tell; an expiry shows as the next key.
    private var nodeKeys: [NodeKey] {
        var keys: [NodeKey] = []
        var open: [Int: Int] = [:]
        for operation in history.operations {
            switch operation.what {
            case .stored(let node, let token):
                if let index = open[node] { keys[index].until = operation.at }
                open[node] = keys.count
                keys.append(NodeKey(node: node, token: token, from: operation.at, until: history.end))
            case .deleted(let node, _, _):
                if let index = open.removeValue(forKey: node) { keys[index].until = operation.at }
            default: break
            }
        }
        return keys
    }

    private func x(_ instant: Instant) -> Double {
        let span = Double(max((until - from).count, 1))
        return left + width * min(max(Double((instant - from).count) / span, 0), 1)
    }

    private func label(_ text: String, row: Int) -> String {
        "<text x=\"4\" y=\"\(Int(rowHeight * Double(row) + 36))\">\(text)</text>"
    }

    private func bar(_ start: Instant, _ end: Instant, row: Int, hue: Int, _ title: String) -> String {
        guard end > from, start < until else { return "" }
        let width = max(x(end) - x(start), 0.6)
        return
            "<rect x=\"\(rounded(x(start)))\" y=\"\(Int(rowHeight * Double(row) + 22))\" width=\"\(rounded(width))\" height=\"18\" fill=\"hsl(\(hue),65%,60%)\">"
            + "<title>\(Self.escaped(title)), \(start.text) to \(end.text) ms</title></rect>"
    }

    private func line(_ at: Instant, _ title: String, height: Double) -> String {
        guard at >= from, at <= until else { return "" }
        return
            "<line x1=\"\(rounded(x(at)))\" x2=\"\(rounded(x(at)))\" y1=\"14\" y2=\"\(Int(height - 20))\" stroke=\"#c33\" stroke-dasharray=\"3 3\">"
            + "<title>\(Self.escaped(title)), at \(at.text) ms</title></line>"
    }

    private func hue(_ resource: String) -> Int { resource.utf8.reduce(200) { ($0 &* 31 &+ Int($1)) % 360 } }

    private func rounded(_ value: Double) -> Double { (value * 10).rounded() / 10 }

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
