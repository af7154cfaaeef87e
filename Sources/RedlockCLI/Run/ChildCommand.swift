@preconcurrency import Foundation

/// The command that runs under the lock: a child with a process group of its own, so that all it starts can be stopped with it.
struct ChildCommand: Sendable {
    /// The child's process ID and that of its group.
    let group: pid_t

    /// What became of the child.
    enum Change: Sendable, Hashable {
        /// It stopped, for example at Ctrl-Z or because it read from a terminal that is not its.
        case stopped(by: Int32)
        /// It is over.
        case ended(End)
    }

    /// How a child ended.
    enum End: Sendable, Hashable {
        /// By itself.
        case exited(Int32)
        /// By a signal.
        case killed(by: Int32)

        /// As a shell shows it.
        var status: Int32 {
            switch self {
            case .exited(let code): code
            case .killed(let number): ExitStatus.signal(number)
            }
        }
    }

    /// Starts a program with our standard input, output and error, and signals as they were when we were started.
    ///
    /// - Parameters:
    ///   - path: the program.
    ///   - arguments: its arguments, its name first, byte for byte.
    ///   - variables: what its environment has more than ours; nil takes a variable out.
    /// - Throws: ``CommandFailure`` with 126 or 127.
    static func start(_ path: String, _ arguments: [[UInt8]], variables: [String: String?]) throws(CommandFailure) -> ChildCommand {
        InheritedState.atStart.hideLaterDescriptors()
        let environment = changed(by: variables)
        var (pid, code) = spawn(path, arguments, environment)
        if code == ENOEXEC {
            // A script without a first line that names its interpreter: shells run it themselves, and so do execvp and nohup.
            (pid, code) = spawn("/bin/sh", [Array("sh".utf8), Array(path.utf8)] + arguments.dropFirst(), environment)
        }
        guard code == 0 else { throw ProgramLookup.failure(path, code) }
        return ChildCommand(group: pid)
    }

    /// What happened to the child since this was asked last; nil if nothing. Never waits.
    ///
    /// After the end it must not be asked again: the process ID is free then.
    func change() -> Change? {
        var status: Int32 = 0
        guard waitpid(group, &status, WNOHANG | WUNTRACED) == group else { return nil }
        // wait(2) in numbers: the macros cannot be imported.
        if status & 0xFF == 0x7F { return .stopped(by: (status >> 8) & 0xFF) }
        if status & 0x7F == 0 { return .ended(.exited((status >> 8) & 0xFF)) }
        return .ended(.killed(by: status & 0x7F))
    }

    /// Signals the child and everything it started that did not leave the group.
    func signal(_ number: Int32) {
        _ = kill(-group, number)
    }

    /// Whether anything is left of the group.
    var hasMembers: Bool { kill(-group, 0) == 0 || errno == EPERM }

    private static func spawn(_ path: String, _ arguments: [[UInt8]], _ environment: [[UInt8]]) -> (pid_t, Int32) {
        #if canImport(Darwin)
        var attributes: posix_spawnattr_t?
        #else
        var attributes = posix_spawnattr_t()
        #endif
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        posix_spawnattr_setpgroup(&attributes, 0)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        // Handlers end with exec; what is ignored would stay so, SIGPIPE by NIO and SIGTTOU by us.
        for number in 1..<Int32(32) where number != SIGKILL && number != SIGSTOP && !InheritedState.atStart.ignoredSignals.contains(number)
        {
            sigaddset(&signals, number)
        }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
        posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))

        var pid: pid_t = 0
        let code = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in posix_spawn(&pid, path, nil, &attributes, argv, envp) }
        }
        return (pid, code)
    }

    private static func withCStrings<Result>(
        _ strings: [[UInt8]], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) -> Result {
        var pointers = strings.map { bytes in strdup(bytes.map { CChar(bitPattern: $0) } + [0]) } + [nil]
        defer {
            for pointer in pointers { free(pointer) }
        }
        return pointers.withUnsafeMutableBufferPointer { buffer in
            // A buffer of at least one element has an address.
            guard let base = buffer.baseAddress else { preconditionFailure("an array with an element has no address") }
            return body(base)
        }
    }

    /// Our environment byte for byte, with these variables put in their place.
    private static func changed(by variables: [String: String?]) -> [[UInt8]] {
        #if canImport(Darwin)
        let entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = _NSGetEnviron().pointee
        #else
        let entries: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = environ
        #endif
        var result: [[UInt8]] = []
        let replaced = variables.keys.map { Array("\($0)=".utf8) }
        var index = 0
        while let entry = entries?[index] {
            let bytes = Array(UnsafeRawBufferPointer(start: entry, count: strlen(entry)))
            if !replaced.contains(where: { bytes.starts(with: $0) }) { result.append(bytes) }
            index += 1
        }
        for (name, value) in variables.sorted(by: { $0.key < $1.key }) {
            if let value { result.append(Array("\(name)=\(value)".utf8)) }
        }
        return result
    }
}
