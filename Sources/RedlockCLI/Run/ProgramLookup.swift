import Foundation

/// Finds the file of a command as a shell does, so that a mistyped name is told before a lock is taken for it.
enum ProgramLookup {
    /// The path to run.
    ///
    /// - Throws: ``CommandFailure`` with 127 if there is no such command and 126 if it cannot be run.
    static func find(_ command: String) throws(CommandFailure) -> String {
        guard !command.isEmpty else { throw CommandFailure(ExitStatus.notFound, "the command has no name") }
        if command.contains("/") {
            try check(command, shown: command)
            return command
        }
        // What execvp takes when PATH is not set.
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/bin:/usr/bin"
        var failure = CommandFailure(ExitStatus.notFound, "\(Escaping.name(command)): command not found")
        for directory in path.split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = directory.isEmpty ? "./\(command)" : "\(directory)/\(command)"
            do {
                try check(candidate, shown: candidate)
                return candidate
            } catch  where error.status == ExitStatus.cannotRun {
                // Perhaps a later directory has one that can be run.
                failure = error
            } catch {}
        }
        throw failure
    }

    private static func check(_ path: String, shown: String) throws(CommandFailure) {
        var info = stat()
        guard stat(path, &info) == 0 else { throw Self.failure(shown, errno) }
        guard info.st_mode & S_IFMT != S_IFDIR else {
            throw CommandFailure(ExitStatus.cannotRun, "\(Escaping.name(shown)): is a directory")
        }
        guard access(path, X_OK) == 0 else { throw Self.failure(shown, errno) }
    }

    /// Why a command cannot be started, by the system's reason.
    static func failure(_ command: String, _ code: Int32) -> CommandFailure {
        let isMissing = code == ENOENT || code == ENOTDIR
        return CommandFailure(
            isMissing ? ExitStatus.notFound : ExitStatus.cannotRun, "\(Escaping.name(command)): \(String(cString: strerror(code)))")
    }
}
