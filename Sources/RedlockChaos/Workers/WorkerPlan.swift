import Foundation

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

    /// The key of a lock on the nodes is this followed by the resource.
    static let keyPrefix = "chaos:"

    static func resource(_ index: Int) -> String { "r\(index)" }

    var json: String {
        get throws { String(decoding: try JSONEncoder().encode(self), as: UTF8.self) }
    }

    init(
        process: Int, firstLease: Int, seed: UInt64, nodes: [String], vault: String, resources: Int, ttl: Int64, maxTTL: Int64,
        quarantine: Bool, history: String
    ) {
        self.process = process
        self.firstLease = firstLease
        self.seed = seed
        self.nodes = nodes
        self.vault = vault
        self.resources = resources
        ttlMilliseconds = ttl
        maxTTLMilliseconds = maxTTL
        self.quarantine = quarantine
        self.history = history
    }
}

/// What the harness tells its clients, as lines on their standard input.
enum WorkerPhase: String, Sendable {
    /// Lock, work, unlock, in all the ways there are.
    case work
    /// The same, with as many short attempts beside it as fit.
    case flood
    /// Hold one lock again and again, each time to the last moment of its validity.
    case cling
    /// Want that lock all the time, without patience, and give it back at once.
    case pounce
    /// Everybody wants the same lock at once, and nobody waits: most attempts fail and must leave nothing behind.
    case burst
    /// Every lock once, with patience: everything has healed, so each must be given.
    case settle
    /// Do nothing and say so.
    case rest
    /// End.
    case finish
}
