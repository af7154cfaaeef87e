import Foundation
import Synchronization

/// The end of the pipe that the handler writes to.
private let relayEnd = Atomic<Int32>(-1)

/// Does the one thing that is allowed in a signal handler: writes a byte.
private func relay(_ number: Int32) {
    let saved = errno
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(relayEnd.load(ordering: .relaxed), &byte, 1)
    errno = saved
}

/// Turns signals into events, in the order in which they come.
///
/// A handler and a pipe instead of blocked signals: it does not matter which threads there are, and nothing is passed on to a
/// command but what was ignored before. There is one relay in a process, for the rest of its life.
enum SignalRelay {
    /// Begins to relay these signals. Those that were ignored at the start stay so, except SIGCHLD, without which no child can be
    /// waited for.
    ///
    /// - Returns: false if there are no descriptors left.
    static func start(_ signals: [Int32], _ receive: @escaping @Sendable (Int32) -> Void) -> Bool {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else { return false }
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        // A full pipe must not stop the handler: that many signals are not needed.
        _ = fcntl(ends[1], F_SETFL, O_NONBLOCK)
        relayEnd.store(ends[1], ordering: .relaxed)

        let readingEnd = ends[0]
        // A thread of its own: it waits for as long as there is a process.
        Thread.detachNewThread {
            // Some parents hand down a mask in which signals are blocked; one thread that takes them is enough.
            var mask = sigset_t()
            sigemptyset(&mask)
            for number in signals { sigaddset(&mask, number) }
            pthread_sigmask(SIG_UNBLOCK, &mask, nil)
            var byte: UInt8 = 0
            while true {
                let count = read(readingEnd, &byte, 1)
                if count == 1 { receive(Int32(byte)) } else if count == 0 || errno != EINTR { return }
            }
        }
        for number in signals where number == SIGCHLD || !InheritedState.atStart.ignoredSignals.contains(number) {
            signal(number, relay)
        }
        return true
    }
}
