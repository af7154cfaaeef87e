/// What came of a recipe under a fault, the worse the later.
enum BaselineVerdict: String, Sendable, CaseIterable, Comparable, Encodable {
    /// One holder at a time, and in the end the next one got the lock.
    case held
    /// Nobody can lock, since the only instance is gone.
    case unavailable
    /// Nobody will ever get the lock again.
    case deadlocked
    /// More was sold than there was: two worked at once, and both writes counted.
    case oversold
    /// A release deleted the lock of somebody else.
    case stole

    static func < (a: Self, b: Self) -> Bool { a.severity < b.severity }

    private var severity: Int {
        switch self {
        case .held: 0
        case .unavailable: 1
        case .deadlocked: 2
        case .oversold: 3
        case .stole: 4
        }
    }
}

/// What was seen in one run.
struct Observation: Hashable, Sendable {
    /// How much was for sale.
    var tickets = 1
    /// How much was sold.
    var sold = 0
    /// Writes that were refused because a later holder had been there.
    var staleWrites = 0
    /// Whether somebody else got the lock in the end.
    var nextGotIn = false
    /// Whether that one got in before the first had given the lock back.
    var nextGotInEarly = false
    /// Whether the lock of that one was gone once the first had given back its own.
    var nextLostItsLock = false
    /// Whether a third could lock then, beside the second.
    var thirdGotIn = false
    /// Whether the key is there without a ttl, and its owner is dead.
    var neverExpires = false
    /// Whether a client was told that there is no server to ask.
    var unreachable = false

    /// What that means; nil if it fits no word, so that the run proves nothing.
    var verdict: BaselineVerdict? {
        if nextLostItsLock { return .stole }
        if sold > tickets { return .oversold }
        if neverExpires && !nextGotIn { return .deadlocked }
        if unreachable && !nextGotIn { return .unavailable }
        return nextGotIn && sold == tickets ? .held : nil
    }
}
