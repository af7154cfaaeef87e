import RedlockCore
import RedlockNode

/// All nodes, for people and for programs.
struct StatusReport {
    /// The nodes as they are shown.
    let nodes: [String]
    /// How each of them is, or why it cannot be asked.
    let health: [Result<NodeHealth, NodeFault>]

    private var answering: Int { health.count { (try? $0.get()) != nil || $0.fault?.isRefusal ?? false } }
    private var voting: Int { health.count { (try? $0.get())?.votes ?? false } }
    private var quorum: Int { Quorum(nodes: nodes.count).needed }

    /// Whether locks can be taken.
    var hasQuorum: Bool { voting >= quorum }

    /// A table and what it comes to.
    func lines(width: Int) -> [String] {
        var table = Table(["NODE", "STATE", "RTT", "SERVER", "UPTIME"], expendable: ["SERVER", "UPTIME"])
        for (node, health) in zip(nodes, health) {
            switch health {
            case .success(let health):
                if let refusal = health.refusal {
                    table.append(.note(node, "no vote: \(refusal)"))
                    continue
                }
                let state = health.quarantine.map { "quarantined \(DurationText.left($0))" } ?? "votes"
                table.append(
                    .cells([
                        node, state, DurationText.roundTrip(microseconds: health.roundTripMicroseconds),
                        "\(health.flavour) \(health.version)", DurationText.uptime(health.uptime),
                    ]))
            case .failure(let fault): table.append(.note(node, fault.standing))
            }
        }
        return table.lines(width: width, indent: 0) + Table.wrapped(summary, width: width)
    }

    /// What the table comes to.
    var summary: String {
        let count = "\(answering) of \(nodes.count) nodes answer, \(voting) \(voting == 1 ? "votes" : "vote"), the quorum is \(quorum)"
        return "\(count): \(hasQuorum ? "locks can be taken" : "no lock can be taken")"
    }

    /// The object of one node in the output of `redlock status --json`.
    struct Object: Encodable {
        /// The URL without password.
        let node: String
        /// votes, quarantined, unfit or unreachable.
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
        /// Why it is unreachable, or cannot vote.
        let reason: String?
    }

    /// For programs.
    var objects: [Object] {
        zip(nodes, health).map { node, health in
            switch health {
            case .success(let health):
                Object(
                    node: node, state: health.refusal == nil ? health.quarantine == nil ? "votes" : "quarantined" : "unfit",
                    reachable: true,
                    votes: health.votes,
                    roundTripUs: health.roundTripMicroseconds, flavour: health.flavour, version: health.version, role: health.role,
                    mode: health.mode, uptimeMs: DurationText.milliseconds(health.uptime),
                    quarantineMs: health.quarantine.map(DurationText.milliseconds), reason: health.refusal)
            case .failure(let fault):
                Object(
                    node: node, state: fault.isRefusal ? "unfit" : "unreachable", reachable: fault.isRefusal, votes: false,
                    roundTripUs: nil,
                    flavour: nil, version: nil, role: nil, mode: nil, uptimeMs: nil, quarantineMs: nil, reason: fault.detail)
            }
        }
    }
}

extension Result where Failure == NodeFault {
    /// What failed, if it did.
    fileprivate var fault: NodeFault? { if case .failure(let fault) = self { fault } else { nil } }
}
