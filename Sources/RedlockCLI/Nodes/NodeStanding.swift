import NIOCore
import RedlockCore
import RedlockNode

/// Which server a node is, and whether its vote counts. Read off the connection: nothing is asked for it.
struct NodeStanding: Sendable, Hashable {
    /// The server process, as it introduced itself.
    let identity: ServerIdentity
    /// For how much longer its votes do not count; nil when they do.
    let quarantine: Duration?

    /// The standing of a node that is up.
    static func read(from node: NodeClient) async throws(NodeFault) -> NodeStanding {
        let identity: ServerIdentity?
        do { identity = try await node.eventLoop.submit { node.identity }.get() } catch { identity = nil }
        guard let identity else { throw NodeFault(.notConnected, "closed the connection before it answered") }
        var left: Duration?
        if let quarantine = node.options.quarantine {
            let missing = identity.trusted(after: quarantine, drift: node.options.drift) - BootClock.now()
            if missing > .zero { left = missing.duration }
        }
        return NodeStanding(identity: identity, quarantine: left)
    }

    /// Why each node can be none, by index: a replica, a Sentinel, a node of a Cluster, or a server that is a node already. Nil for
    /// those that can, and for those of which nothing is known. The one judgement of all subcommands, and that of the library.
    static func refusals(_ standings: [NodeStanding?], named names: [String]) -> [NodeFault?] {
        standings.indices.map { index in
            guard let own = standings[index]?.identity else { return nil }
            if let refusal = Preflight.refusal(of: own) { return refusal }
            for earlier in 0..<index {
                guard let other = standings[earlier]?.identity else { continue }
                if let refusal = Preflight.refusal(of: own, beside: other, named: names[earlier]) { return refusal }
            }
            return nil
        }
    }
}

extension NodeFault {
    /// Whether the node answers and cannot vote, whatever it is asked: it is none, is not Redis, or does not serve us. Otherwise
    /// nobody knows what it has.
    var isRefusal: Bool {
        switch kind {
        case .unfit, .denied, .protocolViolation, .notServing: true
        case .notConnected, .tls, .stalled, .overloaded, .timedOut, .closed, .quarantined: false
        }
    }

    /// As it stands in a table, beside the node's name.
    var standing: String { "\(isRefusal ? "no vote" : "unreachable"): \(detail)" }
}
