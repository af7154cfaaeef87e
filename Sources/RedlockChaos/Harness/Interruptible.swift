import Dispatch
import Foundation

/// Runs, so that Ctrl-C and a termination end the run early and with a report; a second one ends the process at once.
enum Interruptible {
    static func run(_ plan: RunPlan, screen: RunScreen) async throws -> (result: RunResult, isInterrupted: Bool) {
        let run = ChaosRun(plan, screen: screen)
        let signals = [SIGINT, SIGTERM]
        let sources = signals.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                screen.say("ending early; once more to end without a report")
                run.interrupt()
                signal(number, SIG_DFL)
            }
            source.resume()
            return source
        }
        defer {
            for source in sources { source.cancel() }
            for number in signals { signal(number, SIG_DFL) }
        }
        let result = try await run.run()
        try result.save()
        return (result, run.isInterrupted)
    }
}
