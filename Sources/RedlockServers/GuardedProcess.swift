import Foundation

/// Any program as a child of this process, told things line by line on its standard input.
///
/// Like a server it never outlives this process: a guard kills it, also when it is paused.
package final class GuardedProcess: Sendable {
    private let process: ChildProcess
    private let directory: GuardedDirectory
    private let input: SharedDescriptor

    /// Becomes the program only at our word, so that there is no moment in which it runs unguarded.
    private static let script = "read -r word && exec \"$0\" \"$@\""

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - variables: added to a bare environment.
    ///   - log: the file to whose end its standard output and error go.
    /// - Throws: ``RedisServerError``.
    package init(_ path: String, _ arguments: [String], variables: [String: String] = [:], log: String) async throws {
        (process, directory, input) = try await BlockingQueue().run {
            let directory = try GuardedDirectory()
            let pair = try Descriptor.Pair()
            let process = try ChildProcess.spawn(
                "/bin/sh", ["-c", Self.script, path] + arguments, environment: Program.environment.merging(variables) { $1 },
                input: pair.theirs.number, output: .file(log), beforeReaping: { [weak directory] in directory?.disown() })
            let input = SharedDescriptor(pair.keepOurs())
            try directory.adopt(process.pid)
            _ = input.send("go\n")
            return (process, directory, input)
        }
    }

    deinit { directory.release() }

    /// Its id.
    package var pid: Int32 { process.pid }
    /// Whether it has not ended; a paused process runs.
    package var isRunning: Bool { process.isRunning }
    /// What it exited with; nil while it runs and after death by a signal.
    package var exitCode: Int32? { process.exitCode }

    /// Writes a line to its standard input; false if it is gone.
    @discardableResult package func tell(_ line: String) -> Bool { input.send(line + "\n") }

    /// Freezes it: when this returns it executes nothing.
    package func pause() { process.pause() }
    /// Lets it go on.
    package func resume() { process.resume() }

    /// Kills it (SIGKILL) and returns when it is gone.
    package func kill() async {
        process.signalGroup(SIGKILL)
        _ = await waitUntilGone(seconds: nil)
    }

    /// Waits for its end; false when the time is over before that.
    package func waitUntilGone(seconds: Double?) async -> Bool {
        await BlockingQueue().run { self.process.waitUntilGone(seconds: seconds) }
    }
}

/// A descriptor for several threads: it is never closed before its last user is gone.
private final class SharedDescriptor: Sendable {
    private let descriptor: Descriptor

    init(_ descriptor: consuming Descriptor) { self.descriptor = descriptor }

    func send(_ text: String) -> Bool { descriptor.send(text) }
}
