import RedlockCore

/// A lock that was to be taken from the nodes, for people and for programs.
struct ReleaseReport {
    /// The lock as it was asked for.
    let resource: String
    /// Its key on the nodes.
    let key: LockKey
    /// The nodes as they are shown.
    let nodes: [String]
    /// What each of them had before; empty if nobody looked.
    let before: [LockReading]
    /// What became of it.
    let outcomes: [LockRemoval.Outcome]
    /// What the fencing counters were raised to; nil if they were left alone.
    let fence: UInt64?

    /// What that means. With a look before, it was about any holder.
    var verdict: RemovalVerdict { RemovalVerdict(outcomes, anyHolder: !before.isEmpty) }

    /// A heading, what it comes to, and a table.
    func lines(width: Int) -> [String] {
        var table = Table(["NODE", "RESULT", "HOLDER", "TTL"], expendable: ["TTL", "HOLDER"])
        for (index, node) in nodes.enumerated() {
            switch outcomes[index] {
            case .released:
                guard index < before.count, case .held(let token, let ttl) = before[index].state else {
                    table.append(.cells([node, "released", "-", "-"]))
                    continue
                }
                table.append(.cells([node, "released", Escaping.token(token), ttl.map(DurationText.short) ?? "none"]))
            case .free: table.append(.cells([node, "was free", "-", "-"]))
            case .held(let token): table.append(.cells([node, "left alone", Escaping.token(token), "-"]))
            case .wrongType(let type): table.append(.note(node, "left alone: wrong type (\(type))"))
            case .unreachable(let reason): table.append(.note(node, "unreachable: \(reason)"))
            case .unfit(let reason): table.append(.note(node, "no vote: \(reason)"))
            }
        }
        return [Table.shortened(Escaping.name(resource), to: width)]
            + sentences.flatMap { Table.wrapped($0, width: width - 2) }.map { "  " + $0 }
            + table.lines(width: width)
    }

    private var sentences: [String] {
        var sentences = [verdict.sentence(nodes: nodes.count)] + losers
        if let fence, outcomes.contains(where: { $0 == .released || $0 == .free }) {
            sentences.append(
                "fencing counters raised to \(fence): every later holder has more; a guard that is shown this number turns the old holder "
                    + "away at once")
        }
        return sentences
    }

    /// Those from whom it was taken, as far as they left a name.
    private var losers: [String] {
        var names: [String] = []
        for (reading, outcome) in zip(before, outcomes) where outcome == .released {
            guard case .held(let token, _) = reading.state, LockValue(token).name != nil else { continue }
            let name = Escaping.holder(token)
            if !names.contains(name) { names.append(name) }
        }
        return names.isEmpty ? [] : ["taken from \(names.joined(separator: ", "))"]
    }

    /// The object in the output of `redlock release --json`.
    struct Object: Encodable {
        /// The lock.
        let resource: String
        /// Its key: prefix and resource.
        let key: String
        /// released, free, not_released or unknown.
        let outcome: String
        /// The outcome in a sentence.
        let detail: String
        /// What the fencing counters were raised to.
        let fencingToken: UInt64?
        /// What became of it on each node.
        let nodes: [Node]

        /// One node.
        struct Node: Encodable {
            /// The URL without password.
            let node: String
            /// released, free, held, wrong_type, unreachable or unfit.
            let outcome: String
            /// The beginning of the token: of the one that was taken away, or of the one that was left alone.
            let holder: String?
            /// The name beside it.
            let holderName: String?
            /// What was left of the lock that was taken away.
            let ttlMs: Int64?
            /// The type of a key of the wrong type.
            let type: String?
            /// Why it is unreachable, or can be no node.
            let reason: String?
        }
    }

    /// For programs.
    var object: Object {
        Object(
            resource: resource, key: key.name, outcome: verdict.name, detail: verdict.sentence(nodes: nodes.count), fencingToken: fence,
            nodes: nodes.indices.map(object))
    }

    private func object(_ index: Int) -> Object.Node {
        func object(
            _ outcome: String, holder: [UInt8]? = nil, ttl: Duration? = nil, type: String? = nil, reason: String? = nil
        ) -> Object.Node {
            Object.Node(
                node: nodes[index], outcome: outcome, holder: holder.map(Escaping.token),
                holderName: holder.flatMap { LockValue($0).name }, ttlMs: ttl.map(DurationText.milliseconds), type: type, reason: reason)
        }
        switch outcomes[index] {
        case .released:
            guard index < before.count, case .held(let token, let ttl) = before[index].state else { return object("released") }
            return object("released", holder: token, ttl: ttl)
        case .free: return object("free")
        case .held(let token): return object("held", holder: token)
        case .wrongType(let type): return object("wrong_type", type: type)
        case .unreachable(let reason): return object("unreachable", reason: reason)
        case .unfit(let reason): return object("unfit", reason: reason)
        }
    }
}
