import Foundation
import RedlockServers

/// What the figures were measured on. Absolute values mean nothing without it.
struct Machine: Sendable, Encodable, CustomStringConvertible {
    let processor: String
    let cores: Int
    let load: Double?
    let redis: String
    let date: String

    /// Asks the machine and one of the servers.
    init(server: RedisServer) async throws {
        processor = ProcessStatistics.processor() ?? "unknown processor"
        cores = Foundation.ProcessInfo.processInfo.activeProcessorCount
        load = ProcessStatistics.load()
        let info = try await server.cli("INFO", "server")
        let version = info.split(whereSeparator: \.isNewline).first { $0.hasPrefix("redis_version:") }
        redis = version.map { String($0.dropFirst(14)) } ?? "?"
        date = Date.now.formatted(.iso8601)
    }

    var description: String {
        let busy = load.map { ", load average \(Quantity.fixed($0, places: 2)) at the start" } ?? ""
        return "\(cores) × \(processor), redis \(redis), \(date)\(busy)"
    }
}
