import Foundation

/// A Python with the peers in it, made once in the user's cache directory.
struct PythonEnvironment: Sendable {
    /// The interpreter.
    let python: String

    private static let packages = ["redlock-py", "pottery", "redis"]

    /// Makes it, or finds it made. Throws with the reason when it cannot be had.
    init() async throws {
        let directory = try Self.directory()
        python = directory.appending(path: "bin/python3").path
        if await Self.run(python, ["-c", "import redlock, pottery, redis"]) == 0 { return }
        guard await Self.run("/usr/bin/env", ["python3", "-m", "venv", "--clear", directory.path]) == 0 else {
            throw BenchError("python3 with its venv module is needed")
        }
        guard await Self.run(python, ["-m", "pip", "install", "--quiet"] + Self.packages) == 0 else {
            throw BenchError("pip could not install \(Self.packages.joined(separator: ", "))")
        }
    }

    private static func directory() throws -> URL {
        let caches = ProcessInfo.processInfo.environment["XDG_CACHE_HOME"].map { URL(fileURLWithPath: $0) }
        let base = caches ?? FileManager.default.homeDirectoryForCurrentUser.appending(path: ".cache")
        let directory = base.appending(path: "redlock-bench/python")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        return directory
    }

    private static func run(_ path: String, _ arguments: [String]) async -> Int32 {
        guard let ended = try? await output(of: path, arguments, keepsErrors: false) else { return -1 }
        return ended.status
    }

    /// Runs a program to its end. What it wrote to standard output comes back.
    static func output(of path: String, _ arguments: [String], keepsErrors: Bool = true) async throws -> (status: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = pipe
        if !keepsErrors { process.standardError = FileHandle.nullDevice }
        try process.run()
        let handle = pipe.fileHandleForReading
        // On a thread of its own: reading blocks until the program ends.
        let text = await withCheckedContinuation { (continuation: CheckedContinuation<String, Never>) in
            Thread { continuation.resume(returning: String(decoding: handle.readDataToEndOfFile(), as: UTF8.self)) }.start()
        }
        process.waitUntilExit()
        return (process.terminationStatus, text)
    }
}
