import Foundation
import Synchronization

/// One real redis-server on 127.0.0.1, with a directory of its own under the system's temporary directory.
///
/// It never outlives this process: when that ends, in whatever way, or when the last reference to the server is gone, a guard
/// kills the server, also a paused one, and removes its directory. ``stop()`` does the same at once and waits for it.
/// Everything may be called from any task at any time: starting, killing and stopping happen one after the other, and always
/// to their end, also in a cancelled task.
package final class RedisServer: Sendable {
    /// The TCP port, the same for the whole life of the server; nobody else gets it while the server is down.
    package let port: Int
    /// What it was started with.
    package let options: Options

    private struct State: Sendable {
        var process: ChildProcess?
        var isStopped = false
        var lastLog = ""
    }

    private let program: Program
    private let lease: PortLease
    private let directory: GuardedDirectory
    private let queue = BlockingQueue()
    private let state = Mutex(State())

    /// Starts a server and answers when it serves.
    ///
    /// - Throws: ``RedisServerError``; ``RedisServerError/portTaken(_:)`` only for a port that was asked for, as otherwise
    ///   another one is tried. `CancellationError` when the task is already cancelled. Nothing is left behind then.
    package static func start(_ options: Options = Options()) async throws -> RedisServer {
        try Task.checkCancellation()
        var attempts = options.port == nil ? 20 : 1
        while true {
            attempts -= 1
            let server = try await BlockingQueue().run { try RedisServer(options) }
            do {
                try await server.queue.run { try server.launch() }
                return server
            } catch {
                await server.stop()
                if case RedisServerError.portTaken = error, attempts > 0 { continue }
                throw error
            }
        }
    }

    private init(_ options: Options) throws {
        self.options = options
        program = try Program("redis-server")
        lease = try options.port.map(PortLease.exactly) ?? PortLease.any()
        port = lease.port
        directory = try GuardedDirectory()
    }

    deinit {
        directory.release()
    }

    /// Where clients find it: `redis://[[user]:password@]127.0.0.1:port`, with TLS `rediss://…localhost:port?ca=path`.
    package var url: String {
        let password = options.password.map { "\(escaped(options.username ?? "")):\(escaped($0))@" } ?? ""
        guard let certificate = options.tls else { return "redis://\(password)127.0.0.1:\(port)" }
        return "rediss://\(password)localhost:\(port)?ca=\(escaped(certificate.authorityPath, "/"))"
    }

    /// The path of its UNIX socket, where it always listens too, without TLS.
    package var unixSocketPath: String { directory.file(ServerLaunch.socketName) }

    /// Its directory; gone after ``stop()``.
    package var directoryPath: String { directory.path }

    /// The process; nil while there is none, also when it ended by itself.
    package var pid: Int32? {
        runningProcess.map(\.pid)
    }

    /// What it has logged since its first start; after ``stop()`` what it had logged until then.
    package var log: String {
        let (isStopped, lastLog) = state.withLock { ($0.isStopped, $0.lastLog) }
        return isStopped ? lastLog : (FileManager.default.contents(atPath: logPath).map { String(decoding: $0, as: UTF8.self) } ?? "")
    }

    /// Kills it like a power cut (SIGKILL) and returns when it is gone and its port refuses connections.
    package func kill() async {
        await queue.run { self.end() }
    }

    /// Freezes it (SIGSTOP): when this returns it answers nothing, while its connections stay open and new ones are accepted by
    /// the kernel. Nothing happens when it does not run.
    package func pause() {
        runningProcess?.pause()
    }

    /// Lets a paused server go on; it then first works off what has piled up.
    package func resume() {
        runningProcess?.resume()
    }

    /// Kills it if it runs and starts it anew on the same port, with the same options and what it had saved; returns when it
    /// serves.
    package func restart() async throws {
        try await queue.run {
            self.end()
            try self.launch()
        }
    }

    /// Like ``restart()``, with everything it had saved deleted in between.
    package func wipe() async throws {
        try await queue.run {
            self.end()
            try? FileManager.default.removeItem(atPath: self.dataPath)
            try self.launch()
        }
    }

    /// Ends it for good and deletes its directory; returns when both are gone. May be called again, which does nothing.
    package func stop() async {
        await queue.run {
            guard !self.state.withLock(\.isStopped) else { return }
            self.end()
            let log = self.log
            self.state.withLock { ($0.isStopped, $0.lastLog) = (true, log) }
            self.directory.remove()
        }
    }

    /// What redis-cli prints for a command, trimmed: a second opinion for assertions, independent of the client under test.
    ///
    /// It comes through the UNIX socket, so that it works with any certificate and when the TCP port is tampered with. A reply
    /// that is an error is printed like any other.
    ///
    /// - Throws: ``RedisServerError/commandFailed(command:reason:output:)`` when the server is down or does not answer within
    ///   ten seconds.
    package func cli(_ arguments: String...) async throws -> String { try await command(arguments) }

    /// ``cli(_:)`` for a list of arguments, and with another limit than ten seconds.
    package func command(_ arguments: [String], seconds: Double = 10) async throws -> String {
        guard !state.withLock(\.isStopped) else { throw RedisServerError.stopped }
        let user = options.username.map { ["--user", $0] } ?? []
        return try await Program("redis-cli").run(
            ["-s", unixSocketPath] + user + arguments, variables: options.password.map { ["REDISCLI_AUTH": $0] } ?? [:],
            seconds: seconds)
    }

    private var dataPath: String { directory.file(ServerLaunch.dataName) }
    private var logPath: String { directory.file(ServerLaunch.logName) }

    private var runningProcess: ChildProcess? {
        state.withLock(\.process).flatMap { $0.isRunning ? $0 : nil }
    }

    /// Only ever called on the queue, like ``launch()``.
    private func end() {
        guard let process = state.withLock(\.process) else { return }
        process.signalGroup(SIGKILL)
        _ = process.waitUntilGone()
        state.withLock { $0.process = nil }
    }

    private func launch() throws {
        guard !state.withLock(\.isStopped) else { throw RedisServerError.stopped }
        let process = try ServerLaunch(program: program, options: options, port: port, directory: directory).run()
        state.withLock { $0.process = process }
    }

    private func escaped(_ value: String, _ alsoAllowed: String = "") -> String {
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~" + alsoAllowed)
        return value.addingPercentEncoding(withAllowedCharacters: allowed) ?? value
    }
}
