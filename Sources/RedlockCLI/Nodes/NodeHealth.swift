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

    /// Why it can be no node, as the library would say; nil if it can.
    var refusal: String?

    /// Whether its votes count.
    var votes: Bool { refusal == nil && quarantine == nil }

    private static let roundTrips = 5

    /// Asks all nodes at once, and judges them together.
    static func read(_ endpoints: [NodeEndpoint], timeout: Duration, quarantine: Nanoseconds?) async -> [Result<NodeHealth, NodeFault>] {
        let answers = await NodeVisit.all(endpoints, timeout: timeout, quarantine: quarantine) { node throws(NodeFault) in
            // The connection's own notion of which process this is: votes are bound to it.
            let standing = try await NodeStanding.read(from: node)
            return (standing, try await read(from: node, standing, timeout: timeout))
        }
        let refusals = NodeStanding.refusals(answers.map { try? $0.get().0 }, named: endpoints.map(\.description))
        return zip(answers, refusals).map { answer, refusal in
            answer.map { _, health in
                var health = health
                health.refusal = refusal?.detail
                return health
            }
        }
    }

    private static func read(
        from node: NodeClient, _ standing: NodeStanding, timeout: Duration
    ) async throws(NodeFault) -> NodeHealth {
        let limit = Nanoseconds(timeout)
        let reply = try await node.command(["INFO"], timeout: limit)
        if case .error(let text) = reply { throw NodeFault(errorReply: text) }
        let info = ServerInfo(reply.text ?? "")
        var best = Nanoseconds(.max)
        for _ in 0..<roundTrips {
            let sent = BootClock.now()
            // Which the library needs too: a user of a lock node may have no right to PING.
            if case .error(let text) = try await node.command(["TIME"], timeout: limit) { throw NodeFault(errorReply: text) }
            best = min(best, BootClock.now() - sent)
        }
        let identity = standing.identity
        return NodeHealth(
            roundTripMicroseconds: best.count / 1000, flavour: identity.flavour, version: NodeFault.safe(identity.version),
            role: NodeFault.safe(info["role"] ?? "?"), mode: identity.mode, uptime: .seconds(identity.uptimeSeconds),
            quarantine: standing.quarantine)
    }
}
