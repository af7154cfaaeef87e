import RedlockSimulation

/// Which fault comes when and for how long: decided by the seed before the run begins.
struct NemesisSchedule: Sendable {
    struct Fault: Sendable, Hashable {
        /// Milliseconds from the start of the faults.
        let at: Int64
        let duration: Int64
        /// Its index in the nemeses that were chosen.
        let nemesis: Int
        /// Of its own choices.
        let seed: UInt64
    }

    let faults: [Fault]

    /// Every nemesis comes once before one comes twice, at most three faults are in force at a time, and a nemesis never
    /// meets itself. All faults are over when the time is.
    ///
    /// - Parameter quarantine: for how long a node that has lost its memory does not count, in milliseconds.
    init(_ nemeses: [any Nemesis], milliseconds: Int64, ttl: Int64, quarantine: Int64, seed: UInt64) {
        var random = PRNG(seed: seed)
        var faults: [Fault] = []
        var deck: [Int] = []
        /// From when on each may come again.
        var free = Array(repeating: Int64(0), count: nemeses.count)
        var at = random.between(200, 800)
        while at < milliseconds, !nemeses.isEmpty {
            if deck.isEmpty { deck = Self.shuffled(Array(nemeses.indices), &random) }
            // The first of the deck that may come, or else the one that may come first.
            let index = deck.lastIndex { free[$0] <= at } ?? deck.indices.min { free[deck[$0]] < free[deck[$1]] } ?? 0
            let choice = deck.remove(at: index)
            let span = nemeses[choice].span(ttl: ttl)
            let duration = random.between(span.lowerBound, span.upperBound)
            at = max(at, free[choice])
            let inForce = faults.filter { $0.at + $0.duration > at }
            if inForce.count >= 3, let first = inForce.map({ $0.at + $0.duration }).min() { at = max(at, first) }
            guard at < milliseconds else { break }
            let fault = Fault(at: at, duration: min(duration, milliseconds - at), nemesis: choice, seed: random.next())
            faults.append(fault)
            free[choice] = at + fault.duration + (nemeses[choice].emptiesMajority ? quarantine + 1_500 : 100)
            // Now and then a quiet while, in which everything recovers.
            at += random.chance(1, in: 4) ? random.between(2_000, 5_000) : random.between(200, 1_500)
        }
        self.faults = faults
    }

    private static func shuffled(_ elements: [Int], _ random: inout PRNG) -> [Int] {
        var elements = elements
        for index in elements.indices.reversed() { elements.swapAt(index, random.below(index + 1)) }
        return elements
    }
}
