import Foundation

/// One start of a redis-server in its directory, from its configuration to its first answer.
struct ServerLaunch {
    /// The UNIX socket's name in the directory.
    static let socketName = "redis.sock"
    /// The log's name in the directory.
    static let logName = "redis.log"
    /// The name of the directory's directory for what the server saves.
    static let dataName = "data"

    /// redis-server.
    let program: Program
    /// How it is to be.
    let options: RedisServer.Options
    /// Where it is to listen.
    let port: Int
    /// Where it lives and what guards it.
    let directory: GuardedDirectory

    /// Becomes the server only at our word. If we die between starting it and telling the guard of it, it reads the end of its
    /// input and ends.
    private static let script = "read -r word && exec \"$0\" \"$1\" </dev/null"

    /// Blocks until the server answers.
    ///
    /// - Throws: ``RedisServerError``, when the process is gone again.
    func run() throws -> ChildProcess {
        let logStart = log.count
        try writeConfiguration()
        let process = try startGuarded()
        do {
            try waitUntilReady(process, logStart)
            return process
        } catch {
            process.signalGroup(SIGKILL)
            _ = process.waitUntilGone()
            throw error
        }
    }

    private func writeConfiguration() throws {
        let dataPath = directory.file(Self.dataName)
        try FileManager.default.createDirectory(atPath: dataPath, withIntermediateDirectories: true)
        let configuration = RedisConfiguration(
            options: options, port: port, socketPath: directory.file(Self.socketName), logPath: directory.file(Self.logName),
            dataPath: dataPath)
        try directory.save(configuration.text, as: "redis.conf")
    }

    private func startGuarded() throws -> ChildProcess {
        let pair = try Descriptor.Pair()
        // Weak, as the process is held until it ends, and giving up the directory is what ends a forgotten one.
        let process = try ChildProcess.spawn(
            "/bin/sh", ["-c", Self.script, program.path, directory.file("redis.conf")],
            environment: Program.environment.merging(options.variables) { $1 }, input: pair.theirs.number,
            output: .file(directory.file(Self.logName)), beforeReaping: { [weak directory] in directory?.disown() })
        let gate = pair.keepOurs()
        try directory.adopt(process.pid)
        _ = gate.send("go\n")
        return process
    }

    private func waitUntilReady(_ process: ChildProcess, _ logStart: Int) throws {
        let credentials = options.password.map {
            ReadinessProbe.Credentials(username: options.username ?? "default", password: $0)
        }
        let probe = ReadinessProbe(socketPath: directory.file(Self.socketName), credentials: credentials)
        let deadline = ContinuousClock.now + .seconds(10)
        while process.isRunning {
            if probe.isAnswered() { return }
            guard ContinuousClock.now < deadline else { throw notReady("did not answer within 10 s", logStart) }
            usleep(5000)
        }
        let text = String(decoding: log.dropFirst(logStart), as: UTF8.self)
        throw text.contains("Address already in use") ? RedisServerError.portTaken(port) : notReady("ended at once", logStart)
    }

    private func notReady(_ reason: String, _ logStart: Int) -> RedisServerError {
        let lines = String(decoding: log.dropFirst(logStart), as: UTF8.self).split(separator: "\n").suffix(20)
        return .notReady(port: port, reason: reason, log: lines.joined(separator: "\n"))
    }

    private var log: Data {
        FileManager.default.contents(atPath: directory.file(Self.logName)) ?? Data()
    }
}
