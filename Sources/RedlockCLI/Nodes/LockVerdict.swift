import RedlockCore

/// What the nodes' readings say together about one lock. Pure.
enum LockVerdict: Sendable, Hashable {
    /// A quorum has the same value, and will have for at least `atLeast`; nil means for ever, as no lock of this library does.
    case held(token: [UInt8], nodes: Int, atLeast: Duration?)
    /// No node has a value, and those that do not answer are too few to be a quorum.
    case free
    /// So many nodes without a value restarted a short time ago that a lock they have forgotten may still be held.
    case quarantined(nodes: Int, left: Duration)
    /// Values or foreign keys are there, none of them on a quorum, whatever the silent nodes have.
    case split(Split)
    /// The nodes that do not answer could make a quorum.
    case unknown(answering: Int)

    /// How a lock can be neither held nor free.
    enum Split: Sendable, Hashable {
        /// Several values: attempts that met, or leftovers.
        case severalHolders(Int)
        /// One value on too few nodes: an attempt under way, or the leftover of one.
        case orphanMinority(nodes: Int)
        /// Keys of another type, perhaps with a value or more on other nodes.
        case foreignKeys(nodes: Int)
    }

    /// The verdict on the readings of all nodes, silent ones included.
    init(_ readings: [LockReading]) {
        let quorum = Quorum(nodes: readings.count).needed
        var holders: [[UInt8]: [Duration?]] = [:]
        var silent = 0
        var foreign = 0
        var forgetful: [Duration] = []
        for reading in readings {
            switch reading.state {
            case .held(let token, let ttl): holders[token, default: []].append(ttl)
            case .wrongType: foreign += 1
            case .unreachable, .unfit: silent += 1
            case .free: if let left = reading.quarantine { forgetful.append(left) }
            }
        }
        let largest = holders.max { $0.value.count < $1.value.count }
        let possible = (largest?.value.count ?? 0) + silent
        if let largest, largest.value.count >= quorum {
            // The lock ends for others when less than a quorum is left: with the quorum-th largest ttl.
            let falling = largest.value.sorted { a, b in
                guard let b else { return false }
                return a.map { $0 > b } ?? true
            }
            self = .held(token: largest.key, nodes: largest.value.count, atLeast: falling[quorum - 1])
        } else if possible >= quorum {
            self = .unknown(answering: readings.count - silent)
        } else if possible + forgetful.count >= quorum {
            // It is over when so many of them are trusted again that the rest could not complete a quorum.
            self = .quarantined(nodes: forgetful.count, left: forgetful.sorted()[possible + forgetful.count - quorum])
        } else if foreign > 0 {
            self = .split(.foreignKeys(nodes: foreign))
        } else if holders.count > 1 {
            self = .split(.severalHolders(holders.count))
        } else if let largest {
            self = .split(.orphanMinority(nodes: largest.value.count))
        } else {
            self = .free
        }
    }

    /// Its name in JSON.
    var name: String {
        switch self {
        case .held: "held"
        case .free: "free"
        case .quarantined: "quarantined"
        case .split: "split"
        case .unknown: "unknown"
        }
    }

    /// A line for people.
    func sentence(nodes count: Int) -> String {
        let quorum = Quorum(nodes: count).needed
        return switch self {
        case .held(let token, let nodes, let atLeast?):
            "held by \(Escaping.holderInFull(token)) on \(nodes) of \(count) nodes, for at least \(DurationText.short(atLeast)) unless released"
        case .held(let token, let nodes, nil):
            "held by \(Escaping.holderInFull(token)) on \(nodes) of \(count) nodes, and never expires: not a lock of this library"
        case .free: "free"
        case .quarantined(let nodes, let left):
            "quarantined: \(nodes) of \(count) nodes restarted a short time ago and may have forgotten a lock that is still held; "
                + "that is over in \(DurationText.left(left))"
        case .split(.severalHolders(let holders)):
            "split: \(holders) holders, none of them on a quorum of \(quorum): attempts that met, or what they left"
        case .split(.orphanMinority(let nodes)):
            "split: a value on \(nodes) of \(count) nodes, less than a quorum: an attempt, or what it left; "
                + "others can \(count - nodes >= quorum ? "take the lock" : "not take the lock until it expires")"
        case .split(.foreignKeys(let nodes)):
            "split: on \(nodes) of \(count) nodes a key of another type is in the way"
        case .unknown(let answering):
            "unknown: only \(answering) of \(count) nodes can be asked, and the others could complete a quorum"
        }
    }
}
