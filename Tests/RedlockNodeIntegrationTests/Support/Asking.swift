import RedlockCore
import RedlockNode
import RedlockServers
import Testing

extension TestNode {
    /// The counter that a fenced acquire is granted with.
    func fence(_ request: Request, sourceLocation: SourceLocation = #_sourceLocation) async throws -> UInt64 {
        let content = try await ask(request)
        guard case .vote(.granted(let fence)) = content else {
            Issue.record("not granted: \(content)", sourceLocation: sourceLocation)
            return 0
        }
        return fence
    }
}

extension RedisServer {
    /// What a command about one key answers, a number.
    func milliseconds(_ command: String, _ key: String) async throws -> Int64 {
        let text = try await cli(command, key)
        return try #require(Int64(text), "\(command) answered \(text)")
    }

    /// The server's own clock, as its scripts see it.
    func microseconds() async throws -> Int64 {
        let parts = try await cli("TIME").split(separator: "\n").compactMap { Int64($0) }
        try #require(parts.count == 2)
        return parts[0] * 1_000_000 + parts[1]
    }
}
