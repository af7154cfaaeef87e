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

    /// Who waits for it, as far as they say so.
    var waiters: WaiterTally { WaiterTally(readings.compactMap(\.waiting)) }

    /// What that means.
    var verdict: LockVerdict { LockVerdict(readings) }

    /// A terminal this wide or less has no room for the counters, which are the same on all nodes as a rule.
    private static let narrow = 70

    /// A heading, the verdict and a table.
    func lines(width: Int) -> [String] {
        let isNarrow = width <= Self.narrow
        var table = Table(["NODE", "HOLDER", "TTL", "VOTE"] + (isNarrow ? [] : ["FENCING"]), expendable: ["TTL"])
        for (node, reading) in zip(nodes, readings) {
            func cells(_ holder: String, _ ttl: String) -> Table.Row {
                let vote = reading.quarantine.map { "no, \(DurationText.left($0))" } ?? "yes"
                return .cells([node, holder, ttl, vote] + (isNarrow ? [] : [reading.fencing.map { "\($0)" } ?? "-"]))
            }
            switch reading.state {
            case .free: table.append(cells("free", "-"))
            case .held(let token, let ttl): table.append(cells(Escaping.token(token), ttl.map(DurationText.short) ?? "none"))
            case .wrongType(let type): table.append(.note(node, "wrong type (\(type)): the key is not a lock of this library"))
            case .unreachable(let reason): table.append(.note(node, "unreachable: \(reason)"))
            case .unfit(let reason): table.append(.note(node, "no vote: \(reason)"))
            }
        }
        return [Table.shortened(Escaping.name(resource), to: width)]
            + sentences.flatMap { Table.wrapped($0, width: width - 2) }.map { "  " + $0 }
            + table.lines(width: width)
    }

    private var sentences: [String] {
        let quorum = Quorum(nodes: nodes.count).needed
        let voting = readings.count(where: \.hasVote)
        let mayBeTaken =
            switch verdict {
            case .free, .split: true
            case .held, .unknown, .quarantined: false
            }
        let isShort = mayBeTaken && voting < quorum
        return [verdict.sentence(nodes: nodes.count)] + strangers + [waiters.sentence].compactMap(\.self)
            + (isShort ? ["only \(voting) of \(nodes.count) nodes vote now, and the quorum is \(quorum): nobody can take it"] : [])
    }

    /// The names of those whose values are there while nobody holds it; a holder's stands in the verdict.
    private var strangers: [String] {
        if case .held = verdict { return [] }
        var sentences: [String] = []
        for case .held(let token, _) in readings.map(\.state) where LockValue(token).name != nil {
            let sentence = "\(Escaping.token(token)) is \(Escaping.holder(token))"
            if !sentences.contains(sentence) { sentences.append(sentence) }
        }
        return sentences
    }

    /// The object in the output of `redlock inspect --json`.
    struct Object: Encodable {
        /// The lock.
        let resource: String
        /// Its key: prefix and resource.
        let key: String
        /// held, free, split, unknown or quarantined.
        let verdict: String
        /// The verdict in a sentence.
        let detail: String
        /// How many nodes hold a lock together.
        let quorum: Int
        /// The beginning of the holder's token, if it is held.
        let holder: String?
        /// The name that the holder left.
        let holderName: String?
        /// On how many nodes, if it is held.
        let heldBy: Int?
        /// For how long at least, if it is held and expires.
        let ttlMs: Int64?
        /// The largest fencing counter of any node.
        let fencingToken: UInt64?
        /// How many wait for it, if any say so.
        let waiting: Int?
        /// Their names, or those of some.
        let waitingNames: [String]?
        /// What each node has.
        let nodes: [Node]

        /// One node.
        struct Node: Encodable {
            /// The URL without password.
            let node: String
            /// held, free, wrong_type, unreachable or unfit.
            let state: String
            /// The beginning of the token.
            let holder: String?
            /// The name beside it.
            let holderName: String?
            /// What is left of it.
            let ttlMs: Int64?
            /// The fencing counter.
            let fencingToken: UInt64?
            /// For how much longer its vote does not count.
            let quarantineMs: Int64?
            /// The type of a key of the wrong type.
            let type: String?
            /// Why it is unreachable, or can be no node.
            let reason: String?
        }
    }

    /// For programs.
    var object: Object {
        let waiters = waiters
        var holder: [UInt8]?
        var heldBy: Int?
        var ttl: Duration?
        if case .held(let token, let nodes, let atLeast) = verdict { (holder, heldBy, ttl) = (token, nodes, atLeast) }
        return Object(
            resource: resource, key: key.name, verdict: verdict.name, detail: verdict.sentence(nodes: nodes.count),
            quorum: Quorum(nodes: nodes.count).needed, holder: holder.map(Escaping.token),
            holderName: holder.flatMap { LockValue($0).name },
            heldBy: heldBy, ttlMs: ttl.map(DurationText.milliseconds), fencingToken: readings.compactMap(\.fencing).max(),
            waiting: waiters.count == 0 ? nil : waiters.count,
            waitingNames: waiters.names.isEmpty ? nil : waiters.names,
            nodes: zip(nodes, readings).map(Self.object))
    }

    private static func object(_ node: String, _ reading: LockReading) -> Object.Node {
        func object(
            _ state: String, holder: [UInt8]? = nil, ttl: Duration? = nil, type: String? = nil, reason: String? = nil
        ) -> Object.Node {
            Object.Node(
                node: node, state: state, holder: holder.map(Escaping.token), holderName: holder.flatMap { LockValue($0).name },
                ttlMs: ttl.map(DurationText.milliseconds), fencingToken: reading.fencing,
                quarantineMs: reading.quarantine.map(DurationText.milliseconds), type: type, reason: reason)
        }
        return switch reading.state {
        case .free: object("free")
        case .held(let token, let ttl): object("held", holder: token, ttl: ttl)
        case .wrongType(let type): object("wrong_type", type: type)
        case .unreachable(let reason): object("unreachable", reason: reason)
        case .unfit(let reason): object("unfit", reason: reason)
        }
    }
}
