import Foundation

/// The built `redlock-chaos`, run as a user would.
enum ChaosCommand {
    struct Result {
        let status: Int32
        let output: String
        let errors: String
    }

    /// Next to the test bundle, where SwiftPM puts executables.
    private static let path: URL = {
        #if canImport(Darwin)
        let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }?.bundleURL
        let directory = (bundle ?? Bundle.main.bundleURL).deletingLastPathComponent()
        #else
        let directory = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
        #endif
        return directory.appending(path: "redlock-chaos")
    }()

    static func run(_ arguments: String...) async throws -> Result { try await run(arguments) }

    static func run(_ arguments: [String]) async throws -> Result {
        try await inTemporaryDirectory { directory in
            let (output, errors) = (directory.appending(path: "output"), directory.appending(path: "errors"))
            for file in [output, errors] { try Data().write(to: file) }
            let process = Process()
            process.executableURL = path
            process.arguments = arguments
            process.standardInput = FileHandle.nullDevice
            // Files, which never fill up as pipes do.
            process.standardOutput = try FileHandle(forWritingTo: output)
            process.standardError = try FileHandle(forWritingTo: errors)
            let status = try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Int32, any Error>) in
                // As a shell shows it.
                process.terminationHandler = {
                    continuation.resume(returning: $0.terminationReason == .exit ? $0.terminationStatus : 128 + $0.terminationStatus)
                }
                do { try process.run() } catch { continuation.resume(throwing: error) }
            }
            return Result(
                status: status, output: try String(contentsOf: output, encoding: .utf8),
                errors: try String(contentsOf: errors, encoding: .utf8))
        }
    }

    static func inTemporaryDirectory<Answer>(_ body: (URL) async throws -> Answer) async throws -> Answer {
        let directory = FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        return try await body(directory)
    }
}
