import Foundation
import RedlockCore
import RedlockHistory

/// A run as a picture: a row for every client with its leases, a row for every node; faults are bands in the rows that
/// they hit, violations red lines. Colours are those of the page around it.
///
/// A bar is high while the holder relied on its lease, and flat for what was left of the validity.
struct RunTimeline {
    private let result: RunResult
    private let from: Instant
    private let until: Instant
    private let width: Double
    /// Those that have a row.
    private let clients: [Int]
    private let isWhole: Bool
    private let left = 74.0
    private let top = 22.0
    private let rowHeight = 24.0
    private let resources: [String]

    /// The whole run.
    init(_ result: RunResult) {
        let first = result.history.operations.first { if case .granted = $0.what { true } else { false } }?.at
        let from = (first ?? result.startedAt) - .milliseconds(500)
        let seconds = Double((result.history.end - from).count) / 1e9
        self.init(
            result, from: from, until: result.history.end, width: min(max(seconds * 28, 1_150), 6_000),
            clients: Array(0..<result.plan.clients), isWhole: true)
    }

    /// The moment of a violation and those who had a part in it, enlarged; narrow enough for a phone.
    init(_ result: RunResult, around violation: Evidence) {
        let guilty = Set(result.history.leases.filter { violation.leases.contains($0.id) }.map { $0.process - 1 })
        self.init(
            result, from: violation.at - .milliseconds(700), until: violation.at + .milliseconds(500), width: 440,
            clients: guilty.isEmpty ? Array(0..<result.plan.clients) : guilty.sorted(), isWhole: false)
    }

    private init(_ result: RunResult, from: Instant, until: Instant, width: Double, clients: [Int], isWhole: Bool) {
        self.result = result
        self.from = from
        self.until = until
        self.width = width
        self.clients = clients
        self.isWhole = isWhole
        resources = Array(Set(result.history.leases.map(\.resource))).sorted()
    }

    private var height: Double { top + rowHeight * Double(targets.count) + 8 + 20 }

    /// Two pictures side by side: the names of the rows stay when the other one is scrolled.
    var html: String {
        """
        <div class="scroll timeline">
        <svg class="names" xmlns="http://www.w3.org/2000/svg" width="\(text(left))" height="\(text(height))" aria-hidden="true">
        \(labels.joined(separator: "\n"))
        </svg>
        <svg xmlns="http://www.w3.org/2000/svg" width="\(text(width + 16))" height="\(text(height))" role="img" aria-label="timeline">
        \((grid + bands + names + bars + violations).joined(separator: "\n"))
        </svg>
        </div>
        """
    }

    private func x(_ instant: Instant) -> Double {
        width * min(max(Double((instant - from).count) / Double(max((until - from).count, 1)), 0), 1)
    }

    private func y(_ target: FaultTarget) -> Double {
        switch target {
        case .client(let client): top + rowHeight * Double(clients.firstIndex(of: client) ?? 0)
        case .node(let node): top + 8 + rowHeight * Double(clients.count + node)
        }
    }

    private var targets: [FaultTarget] { clients.map { .client($0) } + (0..<result.plan.nodes).map { .node($0) } }

    private var shownFaults: [FaultRecord] {
        result.faults.filter { $0.from < until && ($0.until ?? until) > from }.map { fault in
            var fault = fault
            fault.targets.removeAll { if case .client(let client) = $0 { !clients.contains(client) } else { false } }
            return fault
        }
    }

    private var labels: [String] {
        targets.map { target in
            let name =
                switch target {
                case .client(let client): "client \(client + 1)"
                case .node(let node): "node \(node + 1)"
                }
            return "<text class=\"label\" x=\"4\" y=\"\(text(y(target) + 16))\">\(name)</text>"
        }
    }

    /// A line for every row, and one for every few seconds.
    private var grid: [String] {
        let total = Double((until - from).count) / 1e9
        let offset = Double((from - result.startedAt).count) / 1e9
        let step = [0.2, 1.0, 2, 5, 10, 30, 60, 120].first { width / total * $0 >= 56 } ?? 300
        let marks = stride(from: (offset / step).rounded(.up) * step, through: offset + total, by: step).map { second in
            let x = width * (second - offset) / total
            return "<line class=\"grid\" x1=\"\(text(x))\" x2=\"\(text(x))\" y1=\"\(text(top - 4))\" y2=\"\(text(height - 18))\"/>"
                + "<text class=\"tick\" x=\"\(text(x))\" y=\"\(text(height - 5))\" text-anchor=\"middle\">\(step < 1 ? String(format: "%.1f", second) : "\(Int(second))") s</text>"
        }
        return targets.map { target in
            "<rect class=\"row\" x=\"0\" y=\"\(text(y(target) + 1))\" width=\"\(text(width))\" height=\"\(text(rowHeight - 2))\"/>"
        } + marks
    }

    private var bands: [String] {
        shownFaults.flatMap { fault in
            fault.targets.map { target in
                let start = x(fault.from)
                let width = max(x(fault.until ?? until) - start, 1.5)
                let y = y(target) + 1
                let title =
                    "<title>\(Page.escaped("\(fault.nemesis): \(fault.detail)"))\(fault.breaks == nil ? "" : ", outside the promise")</title>"
                return "<g><rect class=\"fault\(fault.breaks == nil ? "" : " outside")\" x=\"\(text(start))\" y=\"\(text(y))\""
                    + " width=\"\(text(width))\" height=\"\(text(rowHeight - 2))\"/>\(title)</g>"
            }
        }
    }

    /// In the rows of nodes nothing lies over a band, so there it is named, where no other one is in the way.
    private var names: [String] {
        let faults = shownFaults
        return faults.enumerated().flatMap { index, fault in
            fault.targets.compactMap { target in
                guard case .node = target else { return nil }
                let start = x(fault.from)
                let end = start + Double(fault.nemesis.count) * 6.8 + 8
                guard end <= x(fault.until ?? until) + 2 else { return nil }
                let isCovered = faults.enumerated().contains { other, band in
                    other != index && band.targets.contains(target) && x(band.from) < end && x(band.until ?? until) > start
                }
                return isCovered ? nil : "<text x=\"\(text(start + 4))\" y=\"\(text(y(target) + 16))\">\(fault.nemesis)</text>"
            }
        }
    }

    private var bars: [String] {
        let guilty = Set(result.verdict.violations.flatMap(\.evidence.leases))
        let shown = result.history.leases.filter {
            isWhole || clients.contains($0.process - 1) && $0.grantedAt < until && $0.validUntil > from
        }
        return shown.flatMap { lease -> [String] in
            let start = x(lease.grantedAt)
            let end = x(max(lease.reliedOnUntil, lease.grantedAt))
            let y = y(.client(lease.process - 1)) + 5
            let colour = "r\((resources.firstIndex(of: lease.resource) ?? 0) % 6)"
            let isGuilty = guilty.contains(lease.id)
            let title =
                "<title>\(Page.escaped(lease.resource)), lease \(lease.id), fencing token \(lease.fence), from \(result.seconds(lease.grantedAt)) s to \(result.seconds(lease.reliedOnUntil)) s</title>"
            var parts = [bar(start, max(end - start, 0.7), y, 14, "hold \(colour)\(isGuilty ? " guilty" : "")", title)]
            // What was left of the validity; a sliver would only make the picture large.
            if x(lease.validUntil) - end > 1 { parts.insert(bar(end, x(lease.validUntil) - end, y + 11, 3, "rest \(colour)", ""), at: 0) }
            return parts
        }
    }

    private func bar(_ x: Double, _ width: Double, _ y: Double, _ height: Double, _ style: String, _ title: String) -> String {
        let shape = "<rect class=\"\(style)\" x=\"\(text(x))\" y=\"\(text(y))\" width=\"\(text(width))\" height=\"\(text(height))\""
        return title.isEmpty ? shape + "/>" : shape + ">\(title)</rect>"
    }

    private var violations: [String] {
        result.verdict.violations.filter { isWhole || $0.evidence.at > from && $0.evidence.at < until }.prefix(200).map { violation in
            let x = x(violation.evidence.at)
            return
                "<g><line class=\"violation\(violation.excuse == nil ? "" : " excused")\" x1=\"\(text(x))\" x2=\"\(text(x))\" y1=\"6\" y2=\"\(text(height - 18))\"/>"
                + "<circle class=\"violation-mark\" cx=\"\(text(x))\" cy=\"8\" r=\"4\"/>"
                + "<title>\(Page.escaped("\(violation.checker): \(violation.evidence.sentence)"))</title></g>"
        }
    }

    private func text(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(Double(tenths) / 10)"
    }
}
