import Foundation

/// An installed program.
struct Program: Sendable {
    /// Where it is.
    let path: String

    /// Looks in PATH, then where Homebrew and source builds install, because test runners of editors often have a bare PATH.
    ///
    /// - Throws: ``RedisServerError/missingProgram(_:)``.
    init(_ name: String) throws {
        let listed = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
        let candidates = (listed + ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"]).map { "\($0)/\(name)" }
        guard let path = candidates.first(where: { access($0, X_OK) == 0 }) else { throw RedisServerError.missingProgram(name) }
        self.path = path
    }

    /// The whole environment of every child: nothing of the developer's own (locale, OpenSSL or redis-cli settings) leaks in.
    static let environment = [
        "PATH": ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin",
        "HOME": ProcessInfo.processInfo.environment["HOME"] ?? "/",
        "LC_ALL": "C",
    ]

    /// Runs it to its end and answers with what it printed (errors included), trimmed.
    ///
    /// - Parameters:
    ///   - variables: Added to ``environment``.
    ///   - seconds: After this time it is killed.
    /// - Throws: ``RedisServerError/commandFailed(command:reason:output:)`` when it fails or takes longer.
    func run(_ arguments: [String], variables: [String: String] = [:], seconds: Double = 10) async throws -> String {
        try await BlockingQueue().run { try runBlocking(arguments, variables: variables, seconds: seconds) }
    }

    private func runBlocking(_ arguments: [String], variables: [String: String], seconds: Double) throws -> String {
        let deadline = ContinuousClock.now + .seconds(seconds)
        let pair = try Descriptor.Pair()
        let process = try ChildProcess.spawn(
            path, arguments, environment: Program.environment.merging(variables) { $1 }, output: .descriptor(pair.theirs.number))
        let stream = pair.keepOurs()
        var output: [UInt8] = []
        while ContinuousClock.now < deadline {
            let left = (deadline - .now) / .milliseconds(1)
            guard let bytes = stream.receive(withinMilliseconds: Int32(max(1, left))) else { break }
            output += bytes
        }
        // The stream has ended, so the process is ending too, unless the time is over.
        let ended = process.waitUntilGone(seconds: max(0.1, (deadline - .now) / .seconds(1)))
        if !ended {
            process.signalGroup(SIGKILL)
            _ = process.waitUntilGone()
        }
        let text = String(decoding: output, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        guard ended, process.exitCode == 0 else {
            let command = ([path] + arguments).joined(separator: " ")
            let reason = ended ? "failed with code \(process.exitCode ?? -1)" : "took more than \(seconds) s"
            throw RedisServerError.commandFailed(command: command, reason: reason, output: text)
        }
        return text
    }
}
