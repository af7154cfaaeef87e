import Dispatch
import Foundation
import Synchronization

/// Runs that Ctrl-C, a termination or a closed terminal ends early and with a report; what comes after them is not begun. A
/// second signal ends the process at once.
///
/// The signals are watched from the first run on, once: a source that is made anew for a later run hears nothing.
enum Interruptible {
    private struct State {
        var run: ChaosRun?
        var isInterrupted = false
    }
    private static let state = Mutex(State())

    /// Whether a signal has come, be it between two runs.
    static var isInterrupted: Bool { state.withLock(\.isInterrupted) }

    nonisolated(unsafe) private static let sources = [SIGINT, SIGTERM, SIGHUP].map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
        source.setEventHandler {
            let (run, isSecond) = state.withLock { state in
                defer { state.isInterrupted = true }
                return (state.run, state.isInterrupted)
            }
            if isSecond { exit(128 + number) }
            run?.interrupt()
        }
        source.resume()
        return source
    }

    static func run(_ plan: RunPlan, screen: RunScreen) async throws -> RunResult {
        let run = ChaosRun(plan, screen: screen)
        _ = sources.count
        let isInterrupted = state.withLock { state in
            state.run = run
            return state.isInterrupted
        }
        if isInterrupted { run.interrupt() }
        let result = try await run.run()
        do {
            try result.save()
        } catch {
            throw HarnessFailure(
                "the report cannot be written to \(plan.folder): \(error.localizedDescription); the run was"
                    + " \(result.verdict.word.rawValue): \(result.verdict.reason)")
        }
        return result
    }
}
