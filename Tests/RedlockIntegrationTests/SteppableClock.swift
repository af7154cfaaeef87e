import Foundation
import RedlockServers

/// The wall clock of a redis-server that a test can set, as an operator or NTP might.
final class SteppableClock: Sendable {
    private let directory: URL

    /// Where it cannot be: outside Linux, or without a C compiler.
    static let isAvailable = compiler != nil

    private static let compiler: String? = {
        #if os(Linux)
        let listed = ProcessInfo.processInfo.environment["PATH"]?.split(separator: ":").map(String.init) ?? []
        return listed.flatMap { ["\($0)/cc", "\($0)/clang"] }.first { FileManager.default.isExecutableFile(atPath: $0) }
        #else
        return nil
        #endif
    }()

    struct NotBuilt: Error {}

    init() throws {
        directory = FileManager.default.temporaryDirectory.appending(path: "steppable-clock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        try step(to: .zero)
        let source = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/clock/steppable-clock.c")
        let build = Process()
        build.executableURL = URL(filePath: Self.compiler ?? "/usr/bin/cc")
        build.arguments = ["-shared", "-fPIC", "-o", library, source.standardized.path]
        try build.run()
        build.waitUntilExit()
        guard build.terminationStatus == 0 else { throw NotBuilt() }
    }

    deinit { try? FileManager.default.removeItem(at: directory) }

    private var library: String { directory.appending(path: "clock.so").path }
    private var offset: URL { directory.appending(path: "offset") }

    /// A server that runs by this clock.
    var options: RedisServer.Options { RedisServer.Options(variables: ["LD_PRELOAD": library, "STEPPABLE_CLOCK": offset.path]) }

    /// Sets the clock to the true time and `distance`, at once.
    func step(to distance: Duration) throws {
        let nanoseconds = Int64(distance / .nanoseconds(1))
        let bytes = withUnsafeBytes(of: nanoseconds) { Data($0) }
        // In place: the server has the file mapped.
        guard FileManager.default.fileExists(atPath: offset.path) else { return try bytes.write(to: offset) }
        let file = try FileHandle(forWritingTo: offset)
        try file.write(contentsOf: bytes)
        try file.close()
    }
}
