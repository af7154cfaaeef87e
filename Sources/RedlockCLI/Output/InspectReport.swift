import RedlockCore
import RedlockNode

/// One inspected lock, for people and for programs.
struct InspectReport {
    /// The lock as it was asked for.
    let resource: String
    /// Its key on the nodes.
    let key: LockKey
    /// The nodes as they are shown.
    let nodes: [String]
    /// What each of them has.
    let readings: [LockReading]

    /// What that means.
    var verdict: LockVerdict { LockVerdict(readings) }

    /// A heading, the verdict and a table.
    func lines(width: Int) -> [String] {
        var table = Table("NODE", "HOLDER", "TTL", "FENCING")
        for (node, reading) in zip(nodes, readings) {
            let fencing = reading.fencing.map { "\($0)" } ?? "-"
            switch reading.state {
            case .free: table.append(.cells([node, "free", "-", fencing]))
            case .held(let token, let ttl):
                table.append(.cells([node, Escaping.token(token), ttl.map(DurationText.short) ?? "none", fencing]))
            case .wrongType(let type): table.append(.note(node, "wrong type (\(type)): the key is not a lock of this library"))
            case .unreachable(let reason): table.append(.note(node, "unreachable: \(reason)"))
            }
        }
        return [Table.shortened(Escaping.name(resource), to: width)]
            + Table.wrapped(verdict.sentence(nodes: nodes.count), width: width - 2).map { "  " + $0 }
            + table.lines(width: width)
    }

    /// The object in the output of `redlock inspect --json`.
    struct Object: Encodable {
        /// The lock.
        let resource: String
        /// Its key: prefix and resource.
        let key: String
        /// held, free, split or unknown.
        let verdict: String
        /// The verdict in a sentence.
        let detail: String
        /// How many nodes hold a lock together.
        let quorum: Int
        /// The beginning of the holder's token, if it is held.
        let holder: String?
        /// On how many nodes, if it is held.
        let heldBy: Int?
        /// For how long at least, if it is held and expires.
        let ttlMs: Int64?
        /// The largest fencing counter of any node.
        let fencingToken: UInt64?
        /// What each node has.
        let nodes: [Node]

        /// One node.
        struct Node: Encodable {
            /// The URL without password.
            let node: String
            /// held, free, wrong_type or unreachable.
            let state: String
            /// The beginning of the token.
            let holder: String?
            /// What is left of it.
            let ttlMs: Int64?
            /// The fencing counter.
            let fencingToken: UInt64?
            /// The type of a key of the wrong type.
            let type: String?
            /// Why it is unreachable.
            let reason: String?
        }
    }

    /// For programs.
    var object: Object {
        var holder: String?
        var heldBy: Int?
        var ttl: Duration?
        if case .held(let token, let nodes, let atLeast) = verdict { (holder, heldBy, ttl) = (Escaping.token(token), nodes, atLeast) }
        return Object(
            resource: resource, key: key.name, verdict: verdict.name, detail: verdict.sentence(nodes: nodes.count),
            quorum: Quorum(nodes: nodes.count).needed, holder: holder, heldBy: heldBy, ttlMs: ttl.map(DurationText.milliseconds),
            fencingToken: readings.compactMap(\.fencing).max(), nodes: zip(nodes, readings).map(Self.object))
    }

    private static func object(_ node: String, _ reading: LockReading) -> Object.Node {
        switch reading.state {
        case .free:
            Object.Node(node: node, state: "free", holder: nil, ttlMs: nil, fencingToken: reading.fencing, type: nil, reason: nil)
        case .held(let token, let ttl):
            Object.Node(
                node: node, state: "held", holder: Escaping.token(token), ttlMs: ttl.map(DurationText.milliseconds),
                fencingToken: reading.fencing, type: nil, reason: nil)
        case .wrongType(let type):
            Object.Node(node: node, state: "wrong_type", holder: nil, ttlMs: nil, fencingToken: reading.fencing, type: type, reason: nil)
        case .unreachable(let reason):
            Object.Node(node: node, state: "unreachable", holder: nil, ttlMs: nil, fencingToken: nil, type: nil, reason: reason)
        }
    }
}
