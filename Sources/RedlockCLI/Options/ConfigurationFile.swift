import ArgumentParser
import Foundation
import RedlockCore
import Synchronization

/// What a deployment is, kept in one file for all who look after it: its nodes, and what all its clients must agree on.
///
/// YAML, and so JSON too. What the command line says wins over it. It is read once, because it may be a pipe.
struct ConfigurationFile: Sendable, Equatable {
    /// Where it came from, as it is shown.
    var path: String
    /// The nodes' URLs, complete with what the file says about passwords and TLS: never to be shown.
    var nodes: [String] = []
    /// The longest ttl that any client asks for.
    var maxTTL: DurationArgument?
    /// What is put before every resource.
    var prefix: String?
    /// By how much two clocks may differ in rate.
    var drift: DriftBound?
    /// Whether nodes that restarted a short time ago do not vote.
    var quarantine: Bool?
    /// How long a node may take to connect and answer.
    var timeout: DurationArgument?
    /// How long a round of questions may take.
    var attemptTimeout: DurationArgument?

    /// The file of this process, once its command line has been read.
    static var inForce: ConfigurationFile? { current.withLock { $0 } }

    private static let current = Mutex<ConfigurationFile?>(nil)
    private static let mostBytes = 1 << 20

    /// Reads a file and puts it in force.
    ///
    /// - Throws: `ValidationError`, with the file, the line and the key, and what to write instead.
    static func use(_ path: String) throws -> ConfigurationFile {
        let file = try ConfigurationReader(path: path, environment: ProcessInfo.processInfo.environment).read(try text(of: path))
        current.withLock { $0 = file }
        return file
    }

    /// Puts the file that REDLOCK_CONFIG names in force, unless one has been named on the command line.
    static func useEnvironment() throws {
        guard inForce == nil, let path = ProcessInfo.processInfo.environment["REDLOCK_CONFIG"], !path.isEmpty else { return }
        do { _ = try use(path) } catch let error as ValidationError {
            throw ValidationError("REDLOCK_CONFIG cannot be used: \(error.message)")
        }
    }

    /// The text of a file that somebody named, as far as it is text at all.
    static func text(of path: String) throws -> String {
        let shown = Escaping.name(path)
        let data: Data
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            // A byte more than may be there, so that too much is noticed and /dev/zero is not read to its end.
            var all = Data()
            while all.count <= mostBytes, let more = try handle.read(upToCount: mostBytes + 1 - all.count), !more.isEmpty { all += more }
            data = all
        } catch {
            throw ValidationError("\(shown) cannot be read: \(reason(error)); check the path and its permissions")
        }
        guard data.count <= mostBytes else { throw ValidationError("\(shown) is larger than 1 MiB; is it the right file?") }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw ValidationError("\(shown) is not UTF-8; is it the right file?")
        }
        return text
    }

    private static func reason(_ error: any Error) -> String {
        let error = error as NSError
        if let underlying = error.userInfo[NSUnderlyingErrorKey] as? NSError, underlying.domain == NSPOSIXErrorDomain {
            return String(cString: strerror(Int32(underlying.code)))
        }
        return error.domain == NSPOSIXErrorDomain ? String(cString: strerror(Int32(error.code))) : error.localizedDescription
    }
}
