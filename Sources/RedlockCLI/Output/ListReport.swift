import RedlockCore
import RedlockNode

/// The locks of a deployment, for people and for programs, some at a time: there can be a million.
struct ListReport {
    /// What was found.
    let outcome: LockScan.Outcome
    /// What all keys begin with.
    let prefix: String
    /// The nodes as they are shown.
    let nodes: [String]
    /// The positions of the locks that there still are, by name.
    let order: [Int]

    private let silent: [Bool]

    /// Sorts them.
    init(_ outcome: LockScan.Outcome, prefix: String, nodes: [String]) {
        self.outcome = outcome
        self.prefix = prefix
        self.nodes = nodes
        let silent = outcome.faults.map { $0 != nil }
        self.silent = silent
        let keys = outcome.tally.keys
        order = keys.indices.filter { position in
            outcome.tally.readings(position, silent: silent).contains { if case .held = $0.state { true } else { false } }
        }
        .sorted { keys[$0].precedes(keys[$1]) }
    }

    /// Whether every lock has a verdict.
    var isKnown: Bool { silent.count { !$0 } >= Quorum(nodes: nodes.count).needed }

    private func resource(_ position: Int) -> String {
        Escaping.text(outcome.tally.keys[position].dropFirst(prefix.utf8.count))
    }

    /// What is said of one lock.
    private struct Entry {
        var verdict: LockVerdict
        var count: Int
        var holder: String
        var holderName: String?
        var ttl: Duration?

        /// By name, if one was left.
        var shownHolder: String { holderName.map(Escaping.name) ?? holder }
    }

    private func entry(_ position: Int) -> Entry {
        let readings = outcome.tally.readings(position, silent: silent, quarantines: outcome.quarantines)
        let verdict = LockVerdict(readings)
        if case .held(let token, let count, let atLeast) = verdict {
            return Entry(
                verdict: verdict, count: count, holder: outcome.tally.holder(position, token: token),
                holderName: outcome.tally.holderName(token: token), ttl: atLeast)
        }
        var ttls: [Duration?] = []
        var holder = "-"
        var holderName: String?
        for case .held(let token, let ttl) in readings.map(\.state) {
            ttls.append(ttl)
            holder = outcome.tally.holder(position, token: token)
            holderName = outcome.tally.holderName(token: token)
        }
        // Without a quorum: the longest that is left of it anywhere, after which nobody is in the way.
        let longest = ttls.contains(nil) ? nil : ttls.compactMap(\.self).max()
        return Entry(verdict: verdict, count: ttls.count, holder: holder, holderName: holderName, ttl: longest)
    }

    /// Below this there is no room for holders.
    private static let narrow = 52
    private static let stateWidth = 11
    private static let ttlWidth = 8
    private static let holderWidth = 14

    /// How wide names of locks and of holders may be. A sample is enough: names are alike, and a longer one is shortened.
    private func widths(_ width: Int) -> (name: Int, holder: Int) {
        let sample = order.prefix(1000)
        let longest = sample.map { Escaping.name(resource($0)).columns }.max() ?? 0
        let room = width - Self.stateWidth - Self.ttlWidth - 4
        guard width >= Self.narrow else { return (min(max(longest, 8), max(room, 12)), 0) }
        let longestHolder = sample.map { entry($0).shownHolder.columns }.max() ?? 0
        let holder = max(min(longestHolder, (room - 2) / 2), Self.holderWidth)
        return (min(max(longest, 8), max(room - 2 - holder, 12)), holder)
    }

    /// The lines in portions, the titles first and what it comes to last.
    func write(width: Int, _ body: ([String]) throws(CommandFailure) -> Void) throws(CommandFailure) {
        let (name, holder) = widths(width)
        func line(_ cells: [String]) -> String {
            // Where there is no room, who holds it is for inspect.
            let last = width < Self.narrow ? 2 : 3
            var line = ""
            for (cell, width) in zip(cells[..<last], [name, Self.stateWidth, Self.ttlWidth]) {
                line += cell + String(repeating: " ", count: max(width - cell.columns, 0) + 2)
            }
            return line + cells[last]
        }
        if !order.isEmpty { try body([line(["RESOURCE", "STATE", "TTL", "HOLDER"])]) }
        for start in stride(from: 0, to: order.count, by: 1000) {
            try body(
                order[start..<min(start + 1000, order.count)].map { position in
                    let entry = entry(position)
                    return line([
                        Table.shortened(Escaping.name(resource(position)), to: name), "\(entry.verdict.name) \(entry.count)/\(nodes.count)",
                        entry.ttl.map(DurationText.short) ?? "never", Table.shortened(entry.shownHolder, to: holder),
                    ])
                })
        }
        for remark in remarks { try body(Table.wrapped(remark, width: width)) }
        let foreign = outcome.foreign == 0 ? "" : "; \(outcome.foreign) keys of other types are not shown"
        try body(Table.wrapped("\(order.count) \(order.count == 1 ? "lock" : "locks")\(foreign)", width: width))
    }

    /// Which nodes do not count as they should, and why.
    var remarks: [String] {
        nodes.indices.compactMap { index in
            if let fault = outcome.faults[index] {
                // Who may not SCAN may vote all the same.
                let hasNoVote = fault.isRefusal && fault.kind != .denied
                return "\(nodes[index]) \(hasNoVote ? "has no vote" : "was not seen to the end"): \(fault.detail)"
            }
            guard index < outcome.quarantines.count, let left = outcome.quarantines[index] else { return nil }
            return "\(nodes[index]) is quarantined for \(DurationText.left(left)): it restarted and may have forgotten locks"
        }
    }

    /// The object of one lock in the output of `redlock list --json`.
    struct Object: Encodable {
        /// The lock.
        let resource: String
        /// Its key: prefix and resource.
        let key: String
        /// held, split, quarantined or unknown.
        let verdict: String
        /// On how many nodes a value is: the holder's if it is held.
        let nodes: Int
        /// How many nodes hold a lock together.
        let quorum: Int
        /// The beginning of a token: the holder's if it is held.
        let holder: String
        /// The name beside it, if one was left.
        let holderName: String?
        /// For how long at least, if it expires.
        let ttlMs: Int64?
    }

    /// The lines of a JSON array in portions.
    func writeJSON(_ body: ([String]) throws(CommandFailure) -> Void) throws(CommandFailure) {
        guard !order.isEmpty else { return try body(["[]"]) }
        try body(["["])
        for start in stride(from: 0, to: order.count, by: 500) {
            let end = min(start + 500, order.count)
            let objects = order[start..<end].map { position in
                let entry = entry(position)
                return Object(
                    resource: resource(position), key: Escaping.text(outcome.tally.keys[position]),
                    verdict: entry.verdict.name, nodes: entry.count, quorum: Quorum(nodes: nodes.count).needed, holder: entry.holder,
                    holderName: entry.holderName, ttlMs: entry.ttl.map(DurationText.milliseconds))
            }
            // Without the brackets of each portion's own array.
            var lines = try JSONText.lines(objects).dropFirst().dropLast()
            if end < order.count, let last = lines.popLast() { lines.append(last + ",") }
            try body(Array(lines))
        }
        try body(["]"])
    }
}
