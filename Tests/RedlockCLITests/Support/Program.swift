import Foundation
import Synchronization

/// The built `redlock`, run as a user would.
struct Program {
    /// What a run came to.
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// A run under way.
    final class Running: Sendable {
        let pid: pid_t
        private let process: Mutex<Process>
        private let result: Task<Result, Never>

        fileprivate init(_ process: sending Process, _ result: Task<Result, Never>) {
            pid = process.processIdentifier
            self.result = result
            self.process = Mutex(process)
        }

        func signal(_ number: Int32) { kill(pid, number) }

        var end: Result { get async { await result.value } }
    }

    /// Next to the test bundle, where SwiftPM puts executables; REDLOCK_BINARY to test another.
    static let path: String = {
        if let path = ProcessInfo.processInfo.environment["REDLOCK_BINARY"] { return path }
        #if canImport(Darwin)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let directory = (bundle ?? Bundle.main.bundleURL).deletingLastPathComponent()
        #else
        let directory = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
        return directory.appendingPathComponent("redlock").path
    }()

    var nodes: [String] = []
    var variables: [String: String] = [:]

    /// Runs it to its end. Freshly started nodes vote, unless the arguments are about that.
    func callAsFunction(_ arguments: String...) async throws -> Result {
        try await start(arguments).end
    }

    /// Runs a shell's script instead, from the same place.
    func shell(_ script: String) async throws -> Result {
        try await start(["-c", script], "/bin/sh").end
    }

    func start(_ arguments: [String], _ program: String = Self.path) throws -> Running {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        var environment = ProcessInfo.processInfo.environment
        environment["REDLOCK_NODES"] = nodes.isEmpty ? nil : nodes.joined(separator: ",")
        process.environment = environment.merging(variables) { $1 }
        let (output, errors) = (Pipe(), Pipe())
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output
        process.standardError = errors
        let (ended, end) = AsyncStream.makeStream(of: Int32.self)
        process.terminationHandler = { process in
            // As a shell shows it.
            end.yield(process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus)
            end.finish()
        }
        try process.run()
        let (text, errorText) = (Self.read(output), Self.read(errors))
        let result = Task {
            var status: Int32 = -1
            for await value in ended { status = value }
            return Result(status: status, output: await text.value, errors: await errorText.value)
        }
        return Running(process, result)
    }

    private static func read(_ pipe: Pipe) -> Task<String, Never> {
        let handle = pipe.fileHandleForReading
        let (chunks, send) = AsyncStream.makeStream(of: Data.self)
        // Threads of their own: the test runner has few, and none to wait with.
        Thread.detachNewThread {
            while let data = try? handle.read(upToCount: 4096), !data.isEmpty { send.yield(data) }
            send.finish()
        }
        return Task {
            var all = Data()
            for await chunk in chunks { all += chunk }
            return String(decoding: all, as: UTF8.self)
        }
    }
}
