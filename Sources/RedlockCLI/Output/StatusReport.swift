import RedlockCore
import RedlockNode

/// All nodes, for people and for programs.
struct StatusReport {
    /// The nodes as they are shown.
    let nodes: [String]
    /// How each of them is, or why it cannot be asked.
    let health: [Result<NodeHealth, NodeFault>]

    private var reachable: Int { health.count { if case .success = $0 { true } else { false } } }
    private var voting: Int { health.count { (try? $0.get())?.canVote ?? false } }
    private var quorum: Int { Quorum(nodes: nodes.count).needed }

    /// Whether locks can be taken.
    var hasQuorum: Bool { voting >= quorum }

    /// A table and what it comes to.
    func lines(width: Int) -> [String] {
        var table = Table("NODE", "STATE", "RTT", "SERVER", "ROLE", "UPTIME")
        for (node, health) in zip(nodes, health) {
            switch health {
            case .success(let health):
                table.append(
                    .cells([
                        node, Self.state(health), DurationText.roundTrip(microseconds: health.roundTripMicroseconds),
                        "\(health.flavour) \(health.version)", health.role, DurationText.short(health.uptime),
                    ]))
            case .failure(let fault): table.append(.note(node, "unreachable: \(fault.detail)"))
            }
        }
        return table.lines(width: width, indent: 0) + Table.wrapped(summary, width: width)
    }

    private static func state(_ health: NodeHealth) -> String {
        switch health.obstacle {
        case .quarantined:
            "quarantined \(DurationText.short(milliseconds: DurationText.milliseconds(health.quarantine ?? .zero) / 1000 * 1000 + 1000))"
        case .some(let obstacle): "\(obstacle.rawValue): no vote"
        case nil: "votes"
        }
    }

    /// What the table comes to.
    var summary: String {
        let count = "\(reachable) of \(nodes.count) nodes reachable, \(voting) \(voting == 1 ? "votes" : "vote"), the quorum is \(quorum)"
        return "\(count): \(hasQuorum ? "locks can be taken" : "no lock can be taken")"
    }

    /// The object of one node in the output of `redlock status --json`.
    struct Object: Encodable {
        /// The URL without password.
        let node: String
        /// votes, quarantined, replica, sentinel or unreachable.
        let state: String
        /// Whether it answered.
        let reachable: Bool
        /// Whether its votes count.
        let votes: Bool
        /// The shortest of several round trips, in microseconds.
        let roundTripUs: Int64?
        /// redis or valkey.
        let flavour: String?
        /// The server's version.
        let version: String?
        /// master or slave.
        let role: String?
        /// standalone, cluster or sentinel.
        let mode: String?
        /// For how long it has been up.
        let uptimeMs: Int64?
        /// For how much longer its votes do not count.
        let quarantineMs: Int64?
        /// Why it is unreachable.
        let reason: String?
    }

    /// For programs.
    var objects: [Object] {
        zip(nodes, health).map { node, health in
            switch health {
            case .success(let health):
                Object(
                    node: node, state: health.obstacle?.rawValue ?? "votes", reachable: true, votes: health.canVote,
                    roundTripUs: health.roundTripMicroseconds, flavour: health.flavour, version: health.version, role: health.role,
                    mode: health.mode, uptimeMs: DurationText.milliseconds(health.uptime),
                    quarantineMs: health.quarantine.map(DurationText.milliseconds), reason: nil)
            case .failure(let fault):
                Object(
                    node: node, state: "unreachable", reachable: false, votes: false, roundTripUs: nil, flavour: nil, version: nil,
                    role: nil,
                    mode: nil, uptimeMs: nil, quarantineMs: nil, reason: fault.detail)
            }
        }
    }
}

extension NodeHealth {
    fileprivate var canVote: Bool { obstacle == nil }
}
