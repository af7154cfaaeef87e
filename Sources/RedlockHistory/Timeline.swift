package import RedlockCore

/// A history as lines of text, one for each operation, for people.
package struct Timeline {
    private let history: History
    private let marked: Set<Int>
    private let window: ClosedRange<Instant>

    /// - Parameters:
    ///   - report: what was found: its leases are marked, and the timeline shows the time around the first of it only.
    ///   - margin: how much before and after.
    package init(_ history: History, report: Report? = nil, margin: Nanoseconds = .seconds(5)) {
        self.history = history
        let evidence =
            report?.violated.map { finding -> [Evidence] in
                if case .invalid(let evidence) = finding.verdict { evidence } else { [] }
            } ?? []
        marked = Set(evidence.first?.leases ?? [])
        if let first = evidence.first {
            let grants = history.leases.filter { evidence.first?.leases.contains($0.id) == true }.map(\.grantedAt)
            window = (grants.min() ?? first.at) - margin...first.at + margin / 4
        } else {
            window = Instant(nanoseconds: .min)...Instant.distantFuture
        }
    }

    package var lines: [String] {
        history.operations.lazy.filter { window.contains($0.at) }.map { line($0) }
    }

    private func line(_ operation: Operation) -> String {
        let time = operation.at.text
        let who =
            operation.process == Operation.world
            ? "" : "process \(operation.process)\(operation.lease == 0 ? "" : " lease \(operation.lease)")"
        let mark = marked.contains(operation.lease) ? "▶" : " "
        return "\(mark) \(padding(time, to: 12))\(time) ms  \(who)\(padding(who, to: 22))\(operation.what.text)"
    }

    private func padding(_ text: String, to width: Int) -> String { String(repeating: " ", count: max(width - text.count, 1)) }
}

extension Operation.What {
    /// A few words.
    package var text: String {
        switch self {
        case .acquire(let resource): "asks for \(resource)"
        case .granted(let until, let fence): "GRANTED, valid until \(until.text)\(fence == 0 ? "" : ", fencing token \(fence)")"
        case .refused(let reason): "is refused: \(reason)"
        case .unknown: "will never know whether it was granted"
        case .extended(let until): "extended, valid until \(until.text)"
        case .extensionFailed(let reason): "extension failed: \(reason)"
        case .revalued(let until): "now reckons to be valid until \(until.text)"
        case .mustStop: "is told to stop"
        case .lost: "LOST"
        case .released: "RELEASED"
        case .acted: "acts on the resource"
        case .read(let value): "reads value #\(value)"
        case .writes(let value): "writes value #\(value)"
        case .wrote: "has written"
        case .turnedAway: "is turned away by the resource: stale fencing token"
        case .died: "DIES"
        case .paused: "pauses"
        case .resumed: "runs again"
        case .tried(let token): "tries with token #\(token)"
        case .tookBack(let token): "takes token #\(token) back"
        case .stored(let node, let token): "node \(node) has the key for #\(token)"
        case .deleted(let node, let token, let by): "node \(node) deletes the key of #\(token)\(token == by ? "" : " on behalf of #\(by)")"
        case .left(let node, let token): "node \(node) still has the key of #\(token)"
        case .note(let text): "— \(text)"
        case .outside(let assumption): "— outside the model: \(assumption.sentence)"
        case .healed: "— healed: nothing fails from here on"
        }
    }
}
