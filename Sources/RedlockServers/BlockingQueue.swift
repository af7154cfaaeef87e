import Dispatch

/// A thread for blocking work, one piece after the other, so that waiting for processes takes no thread from Swift's pool.
///
/// The work always runs to its end: cancelling the task that waits for it changes nothing, because a stop that is cancelled
/// halfway would leave a process behind.
final class BlockingQueue: Sendable {
    private let queue = DispatchQueue(label: "redlock.servers")

    /// Runs the work after everything handed in before it and answers with its result.
    func run<Value: Sendable, Failure: Error>(
        _ work: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { (continuation: CheckedContinuation<Result<Value, Failure>, Never>) in
            queue.async { continuation.resume(returning: Result { () throws(Failure) in try work() }) }
        }
        return try result.get()
    }
}
