import Foundation

/// What `posix_spawn` is told about the descriptors, the session and the signals of a new process.
struct SpawnRequest {
    /// A descriptor that becomes standard input; nil for an empty one.
    let input: Int32?
    /// Where standard output and error go.
    let output: ChildProcess.Output

    #if !canImport(Darwin)
    /// POSIX_SPAWN_SETSID: the same number in glibc and musl, in headers that Swift reads without _GNU_SOURCE and so without it.
    private static let newSession: Int32 = 0x80

    private typealias AddCloseFrom = @convention(c) @Sendable (UnsafeMutablePointer<posix_spawn_file_actions_t>, Int32) -> Int32

    /// Hidden from Swift for the same reason, and only there since glibc 2.34; without it descriptors that are not close-on-exec
    /// are inherited.
    private static let addCloseFrom = dlsym(nil, "posix_spawn_file_actions_addclosefrom_np").map {
        unsafeBitCast($0, to: AddCloseFrom.self)
    }
    #endif

    /// Starts the program; the answered id is also the id of its session and of its process group.
    ///
    /// Nothing but standard input, output and error is open in it: a server that inherited a socket of the test, or the lifeline
    /// of another server's guard, would keep it alive.
    func start(_ path: String, _ arguments: [String], _ environment: [String: String]) throws -> Int32 {
        #if canImport(Darwin)
        var actions: posix_spawn_file_actions_t?
        var attributes: posix_spawnattr_t?
        let flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        let flags = Self.newSession | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }

        if let input {
            posix_spawn_file_actions_adddup2(&actions, input, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        switch output {
        case .file(let file): posix_spawn_file_actions_addopen(&actions, 1, file, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        case .descriptor(let number): posix_spawn_file_actions_adddup2(&actions, number, 1)
        case .discarded: posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        #if !canImport(Darwin)
        _ = Self.addCloseFrom?(&actions, 3)
        #endif

        // A parent may ignore SIGPIPE or block signals; a server must not inherit that.
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGCHLD] {
            sigaddset(&signals, signal)
        }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        let accepted = posix_spawnattr_setflags(&attributes, Int16(truncatingIfNeeded: flags))
        guard accepted == 0 else { throw RedisServerError.system(call: "posix_spawnattr_setflags", code: accepted) }

        var argv = ([path] + arguments).map { strdup($0) } + [nil]
        var envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer {
            for string in argv + envp { free(string) }
        }
        var pid: pid_t = 0
        let code = posix_spawn(&pid, path, &actions, &attributes, &argv, &envp)
        guard code == 0 else { throw RedisServerError.system(call: "posix_spawn \(path)", code: code) }
        return pid
    }
}
