/// How one sale ended.
struct Act: Sendable {
    let tally: Shop.Tally
    let duration: Duration

    var oversold: Int { max(0, tally.sold - Sale.tickets) }
}

/// How the demo ended.
struct Summary: Sendable {
    let unlocked: Act
    let locked: Act
    /// What each node went through.
    let stories: [String]
    /// How long each buyer waited for the lock, in milliseconds.
    let waits: [Double]
    let failures: [String]

    /// Whether the lock did what it is for: each ticket sold, none twice, and everybody served, one after the other.
    var isRight: Bool { locked.tally.sold == Sale.tickets && locked.tally.turnedAway == Sale.buyers - Sale.tickets }

    func lines(_ style: Style) -> [String] {
        var lines = ["", style.bold("Summary"), ""]
        lines.append("                       sold  oversold  turned away  seconds")
        lines.append(row("1. without a lock", unlocked, style))
        lines.append(row("2. with Redlock", locked, style))
        lines.append("")
        if let longest = waits.max() {
            let median = waits.sorted()[waits.count / 2]
            lines.append("  waiting for the lock: \(seconds(median)) for half of the buyers, \(seconds(longest)) at most")
            lines.append("")
        }
        lines += stories.enumerated().map { "  node \($0.offset + 1)  \($0.element)" }
        lines += failures.isEmpty ? [] : [""] + failures.map { "  " + style.red("failed") + "  \($0)" }
        return lines + ["", verdict(style), ""]
    }

    private func row(_ name: String, _ act: Act, _ style: Style) -> String {
        let sold = Style.padded("\(act.tally.sold)", 6)
        let oversold = Style.padded("\(act.oversold)", 10)
        let turnedAway = Style.padded("\(act.tally.turnedAway)", 13)
        let seconds = Style.padded(String(Style.seconds(act.duration).dropLast(2)), 9)
        return "  \(name.padding(to: 19))\(sold)\(act.oversold > 0 ? style.red(oversold) : style.green(oversold))\(turnedAway)\(seconds)"
    }

    private func verdict(_ style: Style) -> String {
        let sold = locked.tally.sold
        if sold > Sale.tickets {
            return style.red("WRONG: under the lock \(sold) tickets were sold, \(locked.oversold) more than there were.")
        }
        if sold < Sale.tickets {
            return style.red("WRONG: under the lock only \(sold) tickets were sold, though \(Sale.buyers) buyers wanted one.")
        }
        if !isRight {
            return style.red("WRONG: exactly \(sold) tickets were sold under the lock, but not every buyer was served.")
        }
        return style.green("Exactly \(sold) tickets were sold under the lock, though two of its five nodes died.")
    }

    private func seconds(_ milliseconds: Double) -> String { Style.seconds(.milliseconds(milliseconds)) }
}

extension NodeWatch.Story {
    /// The story in one line.
    func told(since opening: ContinuousClock.Instant) -> String {
        guard let diedAt else { return "voted all the time" }
        var parts = ["killed at \(Style.seconds(diedAt - opening))"]
        guard let cameBackAt else { return parts[0] + ", and never came back" }
        parts.append("back \(cameBackEmpty ? "and empty " : "")at \(Style.seconds(cameBackAt - opening))")
        guard let votedAgainAt else { return parts.joined(separator: ", ") + ", but must not vote yet" }
        parts.append("may vote again at \(Style.seconds(votedAgainAt - opening))")
        return parts.joined(separator: ", ")
    }
}

extension String {
    fileprivate func padding(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
