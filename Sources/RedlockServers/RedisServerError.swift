import Foundation

/// Why a server, a certificate or a command of the test bench could not be had.
package enum RedisServerError: Error, Sendable, CustomStringConvertible {
    /// A program is not installed.
    case missingProgram(String)
    /// The port that was asked for, or every port that was tried, belongs to somebody else.
    case portTaken(Int)
    /// The server ended or stayed silent instead of becoming ready; with the end of its log.
    case notReady(port: Int, reason: String, log: String)
    /// The server was stopped for good, so it can neither be restarted nor asked anything.
    case stopped
    /// A command ended with a failure or took too long.
    case commandFailed(command: String, reason: String, output: String)
    /// The operating system refused something.
    case system(call: String, code: Int32)

    /// One line that says what to do where that is known, with the log or output below it.
    package var description: String {
        switch self {
        case .missingProgram(let name): "\(name) was not found: run ./cluster.sh setup"
        case .portTaken(let port): "port \(port) on 127.0.0.1 is taken"
        case .notReady(let port, let reason, let log): "redis-server on port \(port) \(reason); its log ends with:\n\(log)"
        case .stopped: "this redis-server was stopped for good"
        case .commandFailed(let command, let reason, let output): "\(command) \(reason):\n\(output)"
        case .system(let call, let code): "\(call): \(String(cString: strerror(code)))"
        }
    }
}
