import Logging
import Redlock
import RedlockServers
import Testing

/// Runs `body` with a client for `urls`, and shuts it down.
///
/// Quarantine is off unless a test is about it, because the servers have just been started.
func withRedlock<Value: Sendable>(
    _ urls: [String], _ configure: (inout RedlockConfiguration) -> Void = { _ in },
    _ body: (Redlock) async throws -> Value
) async throws -> Value {
    var configuration = RedlockConfiguration(nodes: urls)
    configuration.quarantinesRestartedNodes = false
    configure(&configuration)
    // Nodes without a file and without quarantine are warned about, rightly and at length.
    let redlock = try Redlock(configuration: configuration, logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    do {
        let value = try await body(redlock)
        await redlock.shutdown()
        return value
    } catch {
        await redlock.shutdown()
        throw error
    }
}

/// Waits until `condition` holds, which a test's correctness must not need to be soon; the bound is for a broken one.
func eventually(
    _ comment: Comment, within limit: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else {
            Issue.record(comment, sourceLocation: sourceLocation)
            return
        }
        try await Task.sleep(for: .milliseconds(10))
    }
}

extension RedisFleet {
    /// How many of the servers that are up have the key.
    func holders(of key: String, among indices: [Int]? = nil) async throws -> Int {
        var count = 0
        for index in indices ?? Array(servers.indices) where try await servers[index].cli("EXISTS", key) == "1" { count += 1 }
        return count
    }
}
