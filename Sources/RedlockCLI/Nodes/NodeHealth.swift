import RedlockCore
import RedlockNode

/// How one node is.
struct NodeHealth: Sendable, Hashable {
    /// The shortest of several round trips.
    var roundTripMicroseconds: Int64
    /// "redis" or "valkey".
    var flavour: String
    /// The server's version.
    var version: String
    /// master, or what else it calls itself.
    var role: String
    /// standalone, cluster or sentinel.
    var mode: String
    /// For how long the process has been up.
    var uptime: Duration
    /// For how much longer its votes do not count; nil when they do.
    var quarantine: Duration?

    /// What keeps it from voting.
    enum Obstacle: String, Sendable {
        /// It restarted a short time ago.
        case quarantined
        /// It takes no writes.
        case replica
        /// It holds no data at all.
        case sentinel
    }

    /// What keeps it from voting, if anything.
    var obstacle: Obstacle? {
        if mode == "sentinel" { return .sentinel }
        if role != "master" { return .replica }
        return quarantine == nil ? nil : .quarantined
    }

    private static let pings = 5

    /// Asks a node that is up.
    static func read(from node: NodeClient, timeout: Duration) async throws(NodeFault) -> NodeHealth {
        let limit = Nanoseconds(timeout)
        let reply = try await node.command(["INFO"], timeout: limit)
        if case .error(let text) = reply { throw NodeFault(errorReply: text) }
        let info = ServerInfo(reply.text ?? "")
        var best = Nanoseconds(.max)
        for _ in 0..<pings {
            let sent = BootClock.now()
            if case .error(let text) = try await node.command(["PING"], timeout: limit) { throw NodeFault(errorReply: text) }
            best = min(best, BootClock.now() - sent)
        }
        // The connection's own notion of which process this is: votes are bound to it.
        let standing = try await NodeStanding.read(from: node)
        let identity = standing.identity
        return NodeHealth(
            roundTripMicroseconds: best.count / 1000, flavour: identity.flavour, version: NodeFault.safe(identity.version),
            role: NodeFault.safe(info["role"] ?? "?"), mode: identity.mode, uptime: .seconds(identity.uptimeSeconds),
            quarantine: standing.quarantine)
    }
}
