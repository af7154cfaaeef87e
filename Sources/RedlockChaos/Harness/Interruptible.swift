import Dispatch
import Foundation
import Synchronization

/// Runs, so that Ctrl-C and a termination end the run early and with a report; a second one ends the process at once.
///
/// The signals are watched from the first run on, once: a source that is made anew for a later run hears nothing.
enum Interruptible {
    private static let current = Mutex<ChaosRun?>(nil)

    nonisolated(unsafe) private static let sources = [SIGINT, SIGTERM].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            guard let run = current.withLock({ $0 }), !run.isInterrupted else { exit(130) }
            run.interrupt()
        }
        source.resume()
        return source
    }

    static func run(_ plan: RunPlan, screen: RunScreen) async throws -> (result: RunResult, isInterrupted: Bool) {
        let run = ChaosRun(plan, screen: screen)
        current.withLock { $0 = run }
        _ = sources.count
        let result = try await run.run()
        try result.save()
        return (result, run.isInterrupted)
    }
}
