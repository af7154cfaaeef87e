import NIOCore
import Synchronization

/// Runs tasks on a lane's event loop, so that a caller and its lane need no hop to each other.
///
/// A hop is a wake-up of another thread in each direction (TRANSPORT: ×0.73 of the CPU at concurrency 1 without them). What
/// runs here must not block and should not compute for long, because nothing else of the client happens meanwhile.
final class LaneExecutor: TaskExecutor {
    private let eventLoop: any EventLoop
    private let waiting = Mutex<[UnownedJob]>([])

    init(_ eventLoop: any EventLoop) {
        self.eventLoop = eventLoop
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let wasEmpty = waiting.withLock { waiting in
            waiting.append(job)
            return waiting.count == 1
        }
        // One wake for all that gather meanwhile, as with the lane's own requests.
        if wasEmpty { eventLoop.execute { self.run() } }
    }

    private func run() {
        var jobs: [UnownedJob] = []
        waiting.withLock { swap(&$0, &jobs) }
        for job in jobs { job.runSynchronously(on: asUnownedTaskExecutor()) }
    }
}
