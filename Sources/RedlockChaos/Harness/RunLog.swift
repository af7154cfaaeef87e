import RedlockCore
import RedlockHistory
import RedlockNode
import Synchronization

/// What the harness itself did and saw: faults, deaths, phases.
final class RunLog: Sendable {
    private struct Content {
        var operations: [Operation] = []
        var faults: [FaultRecord] = []
        var failures: [String] = []
    }
    private let content = Mutex(Content())

    var operations: [Operation] { content.withLock(\.operations) }
    var faults: [FaultRecord] { content.withLock(\.faults) }
    /// What the harness could not do.
    var failures: [String] { content.withLock(\.failures) }

    func note(_ what: Operation.What, process: Int = Operation.world, at instant: Instant = BootClock.now()) {
        content.withLock { $0.operations.append(Operation(at: instant, process: process, what)) }
    }

    func fail(_ text: String) { content.withLock { $0.failures.append(text) } }

    /// A fault begins; answers its number.
    func begin(_ nemesis: any Nemesis) -> Int {
        let now = BootClock.now()
        if let assumption = nemesis.breaks { note(.outside(assumption), at: now) }
        return content.withLock { content in
            content.faults.append(FaultRecord(nemesis: nemesis.name, breaks: nemesis.breaks, from: now))
            return content.faults.count - 1
        }
    }

    func describe(_ fault: Int, _ injection: Injection) {
        content.withLock {
            $0.faults[fault].detail = injection.detail
            $0.faults[fault].targets = injection.targets
        }
        note(.note(injection.detail))
    }

    func end(_ fault: Int) {
        let now = BootClock.now()
        let detail = content.withLock { content in
            content.faults[fault].until = now
            return content.faults[fault].detail
        }
        note(.note("over: \(detail)"), at: now)
    }
}

/// One fault that was made.
struct FaultRecord: Sendable {
    let nemesis: String
    let breaks: Assumption?
    let from: Instant
    var until: Instant?
    var detail = ""
    var targets: [FaultTarget] = []
}
