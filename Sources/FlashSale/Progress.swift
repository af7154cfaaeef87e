/// How a sale stands, in one line.
struct Progress {
    let elapsed: Duration
    let tally: Shop.Tally
    /// Empty if the sale does without nodes.
    let nodes: [NodeWatch.State]

    /// For a terminal: a bar of tickets, a sign for each node.
    func line(_ style: Style) -> String {
        let full = min(tally.sold, Sale.tickets)
        let bar = String(repeating: "■", count: full) + String(repeating: "·", count: Sale.tickets - full)
        let colouredBar = tally.sold > Sale.tickets ? style.red(bar) : style.green(bar)
        let time = style.dim(Style.seconds(elapsed, width: 6))
        let text = "  \(time)  \(colouredBar)  \(tickets), \(Style.padded("\(tally.turnedAway)", 2)) turned away"
        let signs = nodes.enumerated().map { "\($0.offset + 1)\(sign($0.element, style))" }
        return signs.isEmpty ? text : "\(text)   nodes \(signs.joined(separator: " "))"
    }

    /// For a pipe or a file.
    var plain: String { "  \(Style.seconds(elapsed, width: 6))  \(tickets), \(tally.turnedAway) turned away" }

    private var tickets: String { "\(Style.padded("\(tally.sold)", 2)) of \(Sale.tickets) sold" }

    private func sign(_ state: NodeWatch.State, _ style: Style) -> String {
        switch state {
        case .votes: style.green("●")
        case .mustWait: style.yellow("○")
        case .dead: style.red("✗")
        }
    }

    static func legend(_ style: Style) -> String {
        "  \(style.green("●")) votes   \(style.red("✗")) dead   \(style.yellow("○")) is back, must not vote yet"
    }
}
