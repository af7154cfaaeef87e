import Foundation
import RedlockNode
import RedlockServers
import Synchronization

/// One redis-server, perhaps with a replica, behind an address that clients keep when the replica takes over.
///
/// The address is a symbolic link to the UNIX socket of whoever is the primary: what a DNS name or a Sentinel is elsewhere.
final class Instance: Sendable {
    private let primary: RedisServer
    private let replica: RedisServer?
    private let current: Mutex<RedisServer>
    private let addressPath: String

    /// Starts the server; with a replica, answers when that has copied everything.
    static func start(withReplica: Bool) async throws -> Instance {
        let primary = try await RedisServer.start(.init(extra: ["repl-diskless-sync yes", "repl-diskless-sync-delay 0"]))
        do {
            let replica = withReplica ? try await RedisServer.start(.init(extra: ["replicaof 127.0.0.1 \(primary.port)"])) : nil
            let instance = try Instance(primary, replica)
            if let replica {
                try await Stage.wait("a replica to follow its primary") {
                    try await replica.cli("INFO", "replication").contains("master_link_status:up")
                }
            }
            return instance
        } catch {
            await primary.stop()
            throw error
        }
    }

    private init(_ primary: RedisServer, _ replica: RedisServer?) throws {
        self.primary = primary
        self.replica = replica
        current = Mutex(primary)
        addressPath = "\(primary.directoryPath)/address"
        try FileManager.default.createSymbolicLink(atPath: addressPath, withDestinationPath: primary.unixSocketPath)
    }

    var url: String { "redis+unix://\(addressPath)" }
    var hasReplica: Bool { replica != nil }
    private var server: RedisServer { current.withLock { $0 } }

    func stop() async {
        await replica?.stop()
        await primary.stop()
    }

    // MARK: What the servers say

    /// Whether the primary is up and has the key.
    func has(_ key: String) async throws -> Bool {
        let server = server
        return server.pid == nil ? false : try await server.cli("EXISTS", key) == "1"
    }

    /// Whether the primary has the key, and for ever.
    func keepsForever(_ key: String) async throws -> Bool { try await server.cli("PTTL", key) == "-1" }

    func replicaHas(_ key: String) async throws -> Bool { try await replica?.cli("EXISTS", key) == "1" }

    var uptimeSeconds: Int {
        get async throws {
            let info = ServerInfo(try await server.cli("INFO", "server"))
            return info["uptime_in_seconds"].flatMap { Int($0) } ?? 0
        }
    }

    // MARK: What is done to them

    func kill() async { await server.kill() }

    /// From now on the replica gets nothing any more: it is stopped, and the connection to it closed, so that nothing waits
    /// for it in a socket either.
    func cutReplication() async throws {
        replica?.pause()
        _ = try await primary.cli("CLIENT", "KILL", "TYPE", "replica")
    }

    /// Kills the primary and makes the replica the new one, with what it has.
    func failOver() async throws {
        guard let replica else { throw BaselineFailure("there is no replica to promote") }
        await primary.kill()
        replica.resume()
        _ = try await replica.cli("REPLICAOF", "NO", "ONE")
        current.withLock { $0 = replica }
        try FileManager.default.removeItem(atPath: addressPath)
        try FileManager.default.createSymbolicLink(atPath: addressPath, withDestinationPath: replica.unixSocketPath)
    }
}
