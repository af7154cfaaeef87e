import RedlockCore

/// What the outcomes on the nodes say together about a lock that was to be taken away. Pure.
enum RemovalVerdict: Sendable, Hashable {
    /// It is gone from every node that answers, and the others are too few to hold it.
    case released(nodes: Int)
    /// No node that answers had it, and the others are too few to hold it.
    case free
    /// Somebody else has it; what is his was left alone.
    case heldByAnother(token: [UInt8])
    /// A key of another type is in its place.
    case foreignKey(type: String)
    /// The nodes that do not answer could hold it.
    case unknown(silent: Int)

    /// The verdict on the outcomes of all nodes.
    ///
    /// - Parameter anyHolder: whether every holder was to lose it. Otherwise it was about one token, and others may have the lock.
    init(_ outcomes: [LockRemoval.Outcome], anyHolder: Bool) {
        let quorum = Quorum(nodes: outcomes.count).needed
        var (released, silent) = (0, 0)
        var others: [[UInt8]: Int] = [:]
        var foreign: String?
        for outcome in outcomes {
            switch outcome {
            case .released: released += 1
            case .free: break
            case .held(let token): others[token, default: 0] += 1
            case .wrongType(let type): foreign = type
            case .unreachable, .unfit: silent += 1
            }
        }
        if released == 0 || anyHolder {
            if let other = others.max(by: { ($0.value, $1.key.count) < ($1.value, $0.key.count) }) {
                self = .heldByAnother(token: other.key)
                return
            }
            if let foreign {
                self = .foreignKey(type: foreign)
                return
            }
        }
        // With the value on fewer nodes than a quorum nobody can prove the lock, nor extend it.
        if silent >= quorum { self = .unknown(silent: silent) } else { self = released > 0 ? .released(nodes: released) : .free }
    }

    /// Its name in JSON.
    var name: String {
        switch self {
        case .released: "released"
        case .free: "free"
        case .heldByAnother, .foreignKey: "not_released"
        case .unknown: "unknown"
        }
    }

    /// What the process exits with.
    var status: Int32 {
        switch self {
        case .released, .free: 0
        case .heldByAnother, .foreignKey: ExitStatus.notObtained
        case .unknown: ExitStatus.unavailable
        }
    }

    /// A line for people.
    func sentence(nodes count: Int) -> String {
        switch self {
        case .released(let nodes): "released: deleted on \(nodes) of \(count) nodes, and the others cannot hold it"
        case .free: "free already: no node that answers has it"
        case .heldByAnother(let token): "not released: held by \(Escaping.holderInFull(token)), which was left alone"
        case .foreignKey(let type):
            "not released: the key is a \(type), which no lock of this library is; DEL it by redis-cli if it must go"
        case .unknown(let silent):
            "unknown: \(silent) of \(count) nodes cannot be asked and may hold it; there it ends with its ttl, or try again"
        }
    }
}
