import Foundation
import Synchronization

/// One line on standard error that is written again and again, if somebody is watching.
final class ProgressLine: Sendable {
    private let total: Int?
    private let unit: String
    private let done = Atomic<Int>(0)
    private let shown = Mutex<ContinuousClock.Instant>(.now)
    private let startedAt = ContinuousClock.now

    init(total: Int?, counting unit: String = "seeds") {
        self.total = total
        self.unit = unit
    }

    func add(_ count: Int) {
        let done = done.add(count, ordering: .relaxed).newValue
        guard StandardError.isTerminal else { return }
        let isDue = shown.withLock { last in
            guard .now - last > .milliseconds(200) else { return false }
            last = .now
            return true
        }
        guard isDue else { return }
        let elapsed = (ContinuousClock.now - startedAt) / .seconds(1)
        StandardError.write("\r\(done)\(total.map { " of \($0)" } ?? "") \(unit), \(Int(Double(done) / elapsed)) \(unit)/s ")
    }

    func finish() { StandardError.clearLine() }
}

/// How many cores there are.
enum Cores {
    static var count: Int { max(ProcessInfo.processInfo.activeProcessorCount, 1) }
}
