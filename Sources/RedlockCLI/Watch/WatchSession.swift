import Foundation
import RedlockNode

/// One `redlock watch`: looks again and again, and shows what it sees, on a screen or as lines.
struct WatchSession {
    /// The nodes as they are shown.
    let nodes: [String]
    /// Looks at them.
    let sampler: WatchSampler
    /// Put before a resource to make its key.
    let prefix: String
    /// The glob pattern that locks must match.
    let pattern: String
    /// From the beginning of a look to that of the next.
    let interval: Duration
    /// After how many looks to stop; nil means never.
    let count: Int?

    private enum Input: Sendable {
        case sample(WatchSample)
        case end
        case keys([TerminalKey])
        case signal(Int32)
    }

    private static let ending = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    // MARK: Lines

    /// Prints what happens as lines, of text or of JSON.
    func printLines(json: Bool) async throws {
        var model = WatchModel(nodes: nodes, prefix: prefix)
        await sampler.connect()
        let begun = ContinuousClock.now
        var looks = 0
        while true {
            var lines: [String] = []
            let events = model.take(await sampler.look())
            looks += 1
            let isLast = looks == count
            if json {
                for event in events { lines.append(try JSONText.line(event.object)) }
                lines.append(try JSONText.line(WatchSummary(model)))
            } else {
                lines += events.map { $0.line() }
                if looks == 1 || isLast || looks % Self.linesPerSummary == 0 {
                    let screen = WatchScreen(model: model, view: WatchView(), pattern: pattern, width: 80, height: 24)
                    lines.append("\(ClockText.time(model.date, .current))  \(screen.summary)")
                }
            }
            try StandardOutput.write(lines)
            if isLast { return }
            try await Task.sleep(until: begun + interval * looks, clock: .continuous)
        }
    }

    /// How many looks there are to one summary.
    private static let linesPerSummary = 10

    // MARK: Screen

    /// Draws until the user quits.
    ///
    /// - Returns: the signal that ended it, if one did.
    func showScreen() async throws(CommandFailure) -> Int32? {
        let (inputs, send) = AsyncStream.makeStream(of: Input.self)
        guard SignalRelay.start(Self.ending + [SIGWINCH, SIGTSTP, SIGCONT], { send.yield(.signal($0)) }) else {
            throw CommandFailure(ExitStatus.cannotRun, "cannot wait for signals: \(String(cString: strerror(errno)))")
        }
        try LiveTerminal.enter()
        defer { LiveTerminal.leave() }
        LiveTerminal.readKeys { send.yield(.keys($0)) }
        let looking = Self.beginToLook(sampler, interval, count, send)
        defer { looking.cancel() }

        var model = WatchModel(nodes: nodes, prefix: prefix)
        var view = WatchView()
        try draw(model, &view)
        for await input in inputs {
            switch input {
            case .sample(let sample): if !view.isPaused { model.take(sample) }
            case .end: return nil
            case .keys(let keys): for key in keys where !view.press(key) { return nil }
            case .signal(SIGTSTP):
                LiveTerminal.leave()
                _ = kill(getpid(), SIGSTOP)
                continue
            case .signal(SIGCONT): try LiveTerminal.enter()
            case .signal(let number): if Self.ending.contains(number) { return number }
            }
            try draw(model, &view)
        }
        return nil
    }

    private func draw(_ model: WatchModel, _ view: inout WatchView) throws(CommandFailure) {
        let size = LiveTerminal.size
        view.limitScroll(to: view.locks(of: model).count - 1)
        let screen = WatchScreen(model: model, view: view, pattern: pattern, width: size.width, height: size.height)
        try LiveTerminal.draw(screen.lines)
    }

    private static func beginToLook(
        _ sampler: WatchSampler, _ interval: Duration, _ count: Int?, _ send: AsyncStream<Input>.Continuation
    ) -> Task<Void, Never> {
        Task {
            await sampler.connect()
            let begun = ContinuousClock.now
            var looks = 0
            while !Task.isCancelled {
                send.yield(.sample(await sampler.look()))
                looks += 1
                if looks == count { break }
                try? await Task.sleep(until: begun + interval * looks, clock: .continuous)
            }
            send.yield(.end)
        }
    }
}

/// The object that ends each look in the output of `redlock watch --json`.
struct WatchSummary: Encodable {
    /// Always "summary".
    let event = "summary"
    /// When, ISO 8601 in UTC.
    let at: String
    /// How many nodes there are, how many of them vote, and how many are needed.
    let nodes: Int
    let voting: Int
    let quorum: Int
    /// How many locks a quorum holds, how many have values and none on a quorum, and of how many nobody can say.
    let held: Int
    let contended: Int
    let unknown: Int
    /// Those that were seen in the last ten seconds, a second.
    let grantsPerS: Double
    let lossesPerS: Double

    /// What the model comes to.
    init(_ model: WatchModel) {
        at = ClockText.iso(model.date)
        (nodes, voting, quorum) = (model.nodes.count, model.voting, model.quorum)
        (held, contended, unknown) = (model.held, model.contended, model.unknown)
        (grantsPerS, lossesPerS) = (Self.rounded(model.grantRate), Self.rounded(model.lossRate))
    }

    private static func rounded(_ rate: Double) -> Double { (rate * 100).rounded() / 100 }
}
