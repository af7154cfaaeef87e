import Dispatch
import Foundation
import Synchronization

/// A process started by this one, in a session of its own, reaped as soon as it ends.
///
/// A session of its own keeps ctrl-C in a terminal away from it. Being reaped at once keeps zombies away from test runners,
/// some of which wait for any child; that the process id may then be given to a stranger is covered by the state here: a signal
/// is sent under the same lock under which the process is reaped, so it never reaches another process.
final class ChildProcess: Sendable {
    /// Where a child's standard output and error go.
    enum Output: Sendable {
        /// To the end of a file, which is created with mode 600.
        case file(String)
        /// To an open descriptor of this process, which stays open here.
        case descriptor(Int32)
        /// Nowhere.
        case discarded
    }

    private enum State: Sendable {
        case running
        case stopped
        case gone(waitStatus: Int32)
    }

    /// Its id, which is also the id of its process group.
    let pid: Int32
    private let state = Mutex(State.running)
    private let reaped = DispatchGroup()

    private init(pid: Int32) {
        self.pid = pid
    }

    /// Starts a program with only standard input, output and error open, no signal blocked and none ignored.
    ///
    /// - Parameters:
    ///   - input: A descriptor for standard input; nil for one that is empty.
    ///   - beforeReaping: Called once when it has ended, while its id cannot yet belong to anybody else.
    static func spawn(
        _ path: String, _ arguments: [String], environment: [String: String] = Program.environment, input: Int32? = nil,
        output: Output = .discarded, beforeReaping: @escaping @Sendable () -> Void = {}
    ) throws -> ChildProcess {
        let process = ChildProcess(pid: try SpawnRequest(input: input, output: output).start(path, arguments, environment))
        process.reaped.enter()
        let reaper = Thread { process.reap(beforeReaping) }
        reaper.stackSize = 256 * 1024
        reaper.start()
        return process
    }

    /// Whether it has not ended yet; a stopped process counts as running.
    var isRunning: Bool {
        state.withLock { if case .gone = $0 { false } else { true } }
    }

    /// What it exited with; nil while it runs and after death by a signal.
    var exitCode: Int32? {
        state.withLock { if case .gone(let status) = $0, status & 0x7f == 0 { (status >> 8) & 0xff } else { nil } }
    }

    /// Signals it and the processes it forked, which share its group; nothing when it has ended.
    func signalGroup(_ signal: Int32) {
        state.withLock { if case .gone = $0 {} else { _ = kill(-pid, signal) } }
    }

    /// Stops it; when this returns it executes nothing any more.
    func pause() {
        state.withLock { state in
            guard case .running = state else { return }
            _ = kill(-pid, SIGSTOP)
            state = .stopped
            // The signal is sent but perhaps not yet obeyed: wait for the kernel's word that it stopped, or ended before that.
            for _ in 0..<5000 {
                var info = siginfo_t()
                if waitid(P_PID, id_t(pid), &info, WSTOPPED | WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_signo == SIGCHLD { return }
                usleep(200)
            }
        }
    }

    /// Lets it go on after ``pause()``.
    func resume() {
        state.withLock { state in
            guard case .stopped = state else { return }
            _ = kill(-pid, SIGCONT)
            state = .running
        }
    }

    /// Blocks until it has ended and was reaped; false when the time is over before that.
    func waitUntilGone(seconds: Double? = nil) -> Bool {
        reaped.wait(timeout: seconds.map { .now() + $0 } ?? .distantFuture) == .success
    }

    private func reap(_ beforeReaping: () -> Void) {
        var info = siginfo_t()
        while waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR {}
        beforeReaping()
        state.withLock { state in
            var status: Int32 = 0
            while waitpid(pid, &status, 0) == -1 && errno == EINTR {}
            state = .gone(waitStatus: status)
        }
        reaped.leave()
    }
}
