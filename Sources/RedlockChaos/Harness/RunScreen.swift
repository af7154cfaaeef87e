import Foundation
import RedlockHistory
import Synchronization

/// Says on standard error where a run is: a line that is written again and again for a terminal, plain lines otherwise.
final class RunScreen: Sendable {
    private struct State {
        var phase = "starting"
        var shown = ContinuousClock.now - .seconds(60)
        var violations = 0
    }
    private let isQuiet: Bool
    private let state = Mutex(State())
    private let start = ContinuousClock.now

    init(isQuiet: Bool = false) { self.isQuiet = isQuiet }

    private var elapsed: String { String(format: "%5.1f s", (ContinuousClock.now - start) / .seconds(1)) }

    func phase(_ phase: String) {
        state.withLock { $0.phase = phase }
        if !StandardError.isTerminal { say("— \(phase)") }
    }

    func say(_ text: String) {
        guard !isQuiet else { return }
        StandardError.clearLine()
        StandardError.write("\(elapsed)  \(text)\n")
    }

    func show(_ tally: HistoryCollector.Tally, faults: [String], violations: [RunVerdict.Violation]) {
        guard !isQuiet else { return }
        let broken = violations.filter { $0.excuse == nil }
        let (phase, isDue, isNew) = state.withLock { state in
            let isNew = broken.count > state.violations
            state.violations = broken.count
            let isDue = .now - state.shown >= (StandardError.isTerminal ? .milliseconds(200) : .seconds(5))
            if isDue { state.shown = .now }
            return (state.phase, isDue, isNew)
        }
        if isNew, let last = broken.first { say("VIOLATION \(last.checker): \(last.evidence.sentence)") }
        guard isDue else { return }
        let outside = violations.count - broken.count
        let line =
            "\(phase)  \(tally.operations) operations, \(tally.granted) granted, \(tally.refused) refused"
            + "  faults: \(faults.isEmpty ? "none" : faults.joined(separator: " "))  violations: \(broken.count)"
            + (outside > 0 ? " (and \(outside) outside the promise)" : "")
        StandardError.clearLine()
        StandardError.write("\(elapsed)  \(line)\(StandardError.isTerminal ? "" : "\n")")
    }

    func finish() { if !isQuiet { StandardError.clearLine() } }
}
