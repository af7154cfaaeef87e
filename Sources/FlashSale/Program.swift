import Foundation
import Synchronization

/// Another program, run as a child process.
///
/// Not Foundation's Process: on Linux that notices the end of a child only when the servers which the child has started
/// have ended too, and here one child is cluster.sh.
final class Program: Sendable {
    /// Nil once it has ended, when its id may be given to another process.
    private let pid: Mutex<pid_t?>
    private let errors: FileHandle
    private let commandLine: String

    /// Runs a program to its end, without input and output.
    ///
    /// When the calling task is cancelled the program is told to end (SIGTERM), and waited for: nothing is left behind.
    ///
    /// - Throws: what it wrote to standard error, if it did not succeed.
    static func run(_ path: String, _ arguments: [String]) async throws {
        let program = try Program(path, arguments)
        let (status, text) = await withTaskCancellationHandler {
            await program.end()
        } onCancel: {
            program.terminate()
        }
        try Task.checkCancellation()
        guard status == 0 else {
            let signal = status & 0x7F
            let end = signal == 0 ? "exited with \(status >> 8)" : "was ended by signal \(signal)"
            throw DemoFailure("\(program.commandLine) \(end)\n\(text)")
        }
    }

    private init(_ path: String, _ arguments: [String]) throws {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        let pipe = Pipe()
        for end in [pipe.fileHandleForReading, pipe.fileHandleForWriting] { _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, pipe.fileHandleForWriting.fileDescriptor, STDERR_FILENO)
        // Swift's threads block signals, and a child would inherit that.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        commandLine = ([path] + arguments).joined(separator: " ")
        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        defer { for string in argv { free(string) } }
        var id: pid_t = 0
        let code = posix_spawn(&id, path, &actions, &attributes, &argv, environ)
        guard code == 0 else { throw DemoFailure("\(path) cannot be run: \(String(cString: strerror(code)))") }
        try? pipe.fileHandleForWriting.close()
        pid = Mutex(id)
        errors = pipe.fileHandleForReading
    }

    /// Waits for the end, on a thread of its own. Returns waitpid's status, and what was written to standard error.
    private func end() async -> (status: Int32, errors: String) {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                let text = (try? self.errors.readToEnd()).flatMap { String(data: $0, encoding: .utf8) } ?? ""
                let status = self.reap()
                continuation.resume(returning: (status, text.trimmingCharacters(in: .newlines)))
            }
        }
    }

    private func reap() -> Int32 {
        guard let id = pid.withLock({ $0 }) else { return 0 }
        // Waited for without the lock, so that it can be signalled; reaped with it, so that nobody else is.
        var info = siginfo_t()
        while waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) != 0, errno == EINTR {}
        return pid.withLock { pid in
            var status: Int32 = 0
            while waitpid(id, &status, 0) == -1, errno == EINTR {}
            pid = nil
            return status
        }
    }

    private func terminate() {
        pid.withLock { pid in
            if let pid { _ = kill(pid, SIGTERM) }
        }
    }
}
