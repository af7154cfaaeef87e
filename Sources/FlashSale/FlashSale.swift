import ArgumentParser
import Foundation
import Redlock

/// The example service: a shop that sells ten tickets to fifty buyers, first without a lock and then with one.
///
/// Start reading at ``Buyer``; that is where the lock is taken. ``Shop`` is the database, ``Conductor`` directs the demo.
@main
struct FlashSale: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "FlashSale",
        abstract: "Fifty buyers want ten tickets: without a lock, then with Redlock while two of five nodes die.",
        discussion: "Run it as ./cluster.sh demo, which starts the servers it needs and stops them again.",
        subcommands: [Demo.self, Buy.self])
}

/// The numbers of the sale, which all its processes share.
enum Sale {
    static let tickets = 10
    static let processes = 5
    static let buyersPerProcess = 10
    static let buyers = processes * buyersPerProcess

    /// For how long the nodes keep the lock if its holder dies.
    static let ttl: Duration = .seconds(2)

    /// A restarted node may not vote before every lock it may have forgotten is over: the longest ttl, the drift of two
    /// clocks in that time, and a second because servers tell their uptime in whole seconds.
    static let quarantine: Duration = ttl * 1.01 + .milliseconds(2) + .seconds(1)

    /// The URLs of the lock's nodes.
    static func nodes() throws -> [String] {
        guard let urls = ProcessInfo.processInfo.environment["REDLOCK_NODES"], !urls.isEmpty else {
            throw DemoFailure("REDLOCK_NODES is not set; run ./cluster.sh demo, which sets it")
        }
        return urls.split(separator: ",").map { String($0) }
    }

    /// How every process of this service locks: the same for all, as the library demands.
    static func lockConfiguration() throws -> RedlockConfiguration {
        var configuration = RedlockConfiguration(nodes: try nodes())
        // Small, because a restarted node must sit out as long. A service that restarts its nodes rarely needs not care.
        configuration.maxTTL = ttl
        // Fifty buyers stand in one queue.
        configuration.waiting = .seconds(60)
        return configuration
    }
}

/// Why the demo could not go on. Not a verdict on the lock.
struct DemoFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}
