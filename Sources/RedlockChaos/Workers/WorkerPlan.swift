import Foundation
import RedlockCore

/// What a client process is to do; handed to it as JSON on its command line.
struct WorkerPlan: Codable, Sendable {
    /// Its number in the history, from 1 on; a successor of a killed process gets the same.
    var process: Int
    /// Its leases are numbered from here on, so that they are unique in the run.
    var firstLease: Int
    var seed: UInt64
    /// Its own ways to the nodes.
    var nodes: [String]
    /// The protected resource.
    var vault: String
    var resources: Int
    var ttlMilliseconds: Int64
    var maxTTLMilliseconds: Int64
    /// Off only to see the harness notice.
    var quarantine: Bool
    /// The file to which it appends what happens.
    var history: String

    var ttl: Duration { .milliseconds(ttlMilliseconds) }
    var maxTTL: Duration { .milliseconds(maxTTLMilliseconds) }

    /// How long before the end of validity the holder of a lock is told to stop: a tenth of the ttl, by the library's default.
    static func safetyMargin(ttlMilliseconds: Int64) -> Nanoseconds { .milliseconds(ttlMilliseconds) / 10 }

    /// The key of a lock on the nodes is this followed by the resource.
    static let keyPrefix = "chaos:"

    static func resource(_ index: Int) -> String { "r\(index)" }

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }
}
