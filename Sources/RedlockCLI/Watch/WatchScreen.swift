import Foundation

/// Draws a model as lines of text. Pure: the same model, view and size give the same lines.
struct WatchScreen {
    /// What is known.
    let model: WatchModel
    /// What is wanted of it.
    let view: WatchView
    /// The glob pattern that locks must match.
    let pattern: String
    /// The terminal.
    let width: Int
    let height: Int
    /// Where times of day are those of the user.
    var zone = TimeZone.current

    private static let narrow = 70
    private var isNarrow: Bool { width < Self.narrow }

    /// Exactly as many lines as the terminal has, none of them wider than it.
    var lines: [ScreenLine] {
        let title = self.title
        let summary = Table.wrapped(self.summary, width: width).prefix(2).map { ScreenLine($0, hasQuorum ? .plain : .bad) }
        let footer = ScreenLine(self.footer, .dim)
        // What is left when the screen is small: locks before nodes, and nodes before events.
        var left = height - 2 - summary.count
        let nodes = left >= 4 + model.nodes.count ? nodeLines : []
        if !nodes.isEmpty { left -= nodes.count + 1 }
        let eventCount = left >= 9 ? min(10, left / 3) : 0
        if eventCount > 0 { left -= eventCount + 2 }
        let locks = lockLines(rows: left - 2)

        var lines = [title] + summary
        if !nodes.isEmpty { lines += [ScreenLine("")] + nodes }
        lines += [ScreenLine("")] + locks
        if eventCount > 0 {
            // Events are at the foot of the screen, whatever is above.
            let free = height - lines.count - eventCount - 3
            lines += Array(repeating: ScreenLine(""), count: max(0, free) + 1)
            lines.append(ScreenLine("EVENTS", .heading))
            lines += model.events.suffix(eventCount).reversed().map { ScreenLine($0.line(zone), Self.style($0)) }
        }
        lines = Array(lines.prefix(max(0, height - 1)))
        lines += Array(repeating: ScreenLine(""), count: max(0, height - 1 - lines.count))
        return (lines + [footer]).suffix(max(height, 0)).map { ScreenLine(Self.cut($0.text, to: width), $0.style) }
    }

    /// How many locks cannot be scrolled past.
    var mostScroll: Int { view.locks(of: model).count - 1 }

    private var hasQuorum: Bool { model.voting >= model.quorum }

    private var title: ScreenLine {
        let left = "redlock watch" + (pattern == "*" ? "" : " \(Escaping.name(pattern))") + (view.isPaused ? " (paused)" : "")
        let right = ClockText.time(model.date, zone)
        let gap = width - left.columns - right.columns
        return ScreenLine(gap > 0 ? left + String(repeating: " ", count: gap) + right : left, .title)
    }

    /// The whole deployment in a sentence.
    var summary: String {
        var parts = hasQuorum ? [] : ["NO LOCK CAN BE TAKEN"]
        parts.append("\(model.voting) of \(model.nodes.count) nodes vote, quorum \(model.quorum)")
        parts.append("\(model.held) held, \(model.contended) contended\(model.unknown > 0 ? ", \(model.unknown) unknown" : "")")
        parts.append("\(Self.rate(model.grantRate)) grants/s, \(Self.rate(model.lossRate)) losses/s")
        if !model.isComplete { parts.append("still looking for locks") }
        if model.isTruncated { parts.append("there are more locks than are looked at") }
        return parts.joined(separator: " · ")
    }

    private static func rate(_ rate: Double) -> String {
        rate.formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en_US_POSIX")))
    }

    private var nodeLines: [ScreenLine] {
        let columns = isNarrow ? ["NODE", "STATE", "RTT"] : ["NODE", "STATE", "RTT", "ROUND TRIPS"]
        var table = Table(columns)
        for node in model.nodes {
            let state =
                switch node.state {
                case .quarantined(let left): "quarantined \(DurationText.left(left))"
                case .unfit: "no vote"
                case .some(let state): state.name
                case nil: "-"
                }
            let last = node.history.last ?? nil
            let cells = [node.name, state, last.map(DurationText.roundTrip) ?? "-"]
            table.append(.cells(cells + (isNarrow ? [] : [trips(of: node)])))
        }
        return zip(table.lines(width: width, indent: 0), [nil] + model.nodes.map(Optional.some)).map { line, node in
            guard let node else { return ScreenLine(line, .heading) }
            let style: ScreenLine.Style =
                switch node.state {
                case .votes: .plain
                case .quarantined: .warning
                case .unfit, .unreachable: .bad
                case nil: .dim
                }
            return ScreenLine(line, style)
        }
    }

    /// The round trips; of a node without a vote rather why.
    private func trips(of node: WatchModel.Node) -> String {
        let reason: String
        switch node.state {
        case .unfit(let why): reason = why
        case _ where node.isUnseen: reason = "its locks cannot be seen"
        default: return Sparkline.text(node.history)
        }
        // As much as there is room for beside a long name and a long state.
        return Self.cut(reason, to: max(width - 56, 24))
    }

    private func lockLines(rows: Int) -> [ScreenLine] {
        let locks = view.locks(of: model)
        var table = Table(isNarrow ? ["LOCK", "HOLDER", "TTL", "STATE"] : ["LOCK", "STATE", "HOLDER", "NODES", "TTL", "HELD", "FENCING"])
        let shown = Array(locks.dropFirst(view.scroll).prefix(max(0, rows)))
        for lock in shown {
            // Of a lock that nobody can be sure of, the last that is known.
            var (holder, nodes, ttl) = (lock.holder.map(shownHolder) ?? "-", "-", "-")
            if case .held(let token, let count, let atLeast) = lock.verdict {
                (holder, nodes, ttl) = (shownHolder(token), "\(count)/\(model.nodes.count)", atLeast.map(DurationText.short) ?? "none")
            }
            let since = lock.heldSince.map { DurationText.short(model.elapsed - $0) } ?? "-"
            let name = Escaping.name(lock.resource)
            let state = Self.state(lock.verdict)
            table.append(
                .cells(
                    isNarrow
                        ? [name, holder, ttl, state]
                        : [name, state, holder, nodes, ttl, since, lock.fencing.map { "\($0)" } ?? "-"]))
        }
        var lines = zip(table.lines(width: width, indent: 0), [nil] + shown.map(Optional.some)).map { line, lock in
            guard let lock else { return ScreenLine(line, .heading) }
            let style: ScreenLine.Style =
                switch lock.verdict {
                case .held: .plain
                case .free: .dim
                case .split, .quarantined: .warning
                case .unknown: .bad
                }
            return ScreenLine(line, style)
        }
        if locks.isEmpty {
            lines.append(ScreenLine(view.filter.isEmpty ? "no locks" : "no lock has \(Escaping.name(view.filter)) in its name", .dim))
        } else if locks.count > view.scroll + shown.count, lines.count > 1 {
            lines[lines.count - 1] = ScreenLine("… \(locks.count - view.scroll - shown.count + 1) more", .dim)
        }
        return Array(lines.prefix(max(0, rows + 1)))
    }

    /// A name may be long; the lock's is worth more.
    private func shownHolder(_ token: [UInt8]) -> String {
        Table.shortened(Escaping.holder(token), to: isNarrow ? 9 : min(max(width - 64, 14), 40))
    }

    private static func state(_ verdict: LockVerdict) -> String {
        switch verdict {
        case .split(.severalHolders): "contended"
        case .split(.orphanMinority): "orphan"
        case .split(.foreignKeys): "foreign"
        default: verdict.name
        }
    }

    private static func style(_ event: WatchEvent) -> ScreenLine.Style {
        switch event.kind {
        case "expired", "lost", "unreachable", "unfit", "unknown": .bad
        case "contended", "quarantined", "unseen": .warning
        default: .plain
        }
    }

    private var footer: String {
        if view.isEditingFilter { return "filter: \(Escaping.visible(view.filter))_   enter keeps it, esc clears it" }
        let filter = view.filter.isEmpty ? "/ filter" : "/ filter: \(Escaping.visible(view.filter)) (esc clears)"
        return "q quit  s sort: \(view.sort.rawValue)  r \(view.isReversed ? "reversed" : "reverse")  \(filter)  ↑↓ scroll  space pause"
    }

    private static func cut(_ text: String, to width: Int) -> String {
        text.columns > width ? text.prefix(columns: max(0, width - 1)) + "…" : text
    }
}

/// One line of a screen, and how it looks where there is colour.
struct ScreenLine: Sendable, Hashable {
    /// The characters, without any control.
    let text: String
    /// How it looks.
    let style: Style

    /// Looks that keep their meaning without colour, because the words say the same.
    enum Style: Sendable, Hashable {
        case plain, title, heading, dim, warning, bad
    }

    /// A line.
    init(_ text: String, _ style: Style = .plain) {
        self.text = text
        self.style = style
    }

    /// The text with the escapes of a terminal around it.
    ///
    /// - Parameter inColour: false keeps what is no colour: bold, faint, reverse.
    func rendered(inColour: Bool) -> String {
        let code: String? =
            switch style {
            case .plain: nil
            case .title: "7"
            case .heading: "1"
            case .dim: "2"
            case .warning: inColour ? "33" : nil
            case .bad: inColour ? "31" : "1"
            }
        guard let code, !text.isEmpty else { return text }
        return "\u{1B}[\(code)m\(text)\u{1B}[0m"
    }
}

/// Round trips as a row of small bars.
enum Sparkline {
    private static let bars = Array("▁▂▃▄▅▆▇█")

    /// A bar for each, on a logarithmic scale from 0.1 ms to 1 s, so that the same height means the same anywhere; × where there was
    /// no answer.
    static func text(_ microseconds: [Int64?]) -> String {
        String(
            microseconds.map { value -> Character in
                guard let value else { return "×" }
                // Eight steps over four decades: each is a factor of the square root of ten.
                var (height, bound) = (0, 100.0)
                while height < bars.count - 1, Double(value) > bound {
                    height += 1
                    bound *= 3.162_277_66
                }
                return bars[height]
            })
    }
}
