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
    init(_ nemeses: [any Nemesis], milliseconds: Int64, ttl: Int64, seed: UInt64) {
        var random = PRNG(seed: seed)
        var faults: [Fault] = []
        var deck: [Int] = []
        var at = random.between(200, 800)
        while at < milliseconds, !nemeses.isEmpty {
            if deck.isEmpty { deck = Self.shuffled(Array(nemeses.indices), &random) }
            let choice = deck.removeLast()
            let span = nemeses[choice].span(ttl: ttl)
            let duration = min(random.between(span.lowerBound, span.upperBound), milliseconds - at)
            let inForce = faults.filter { $0.at + $0.duration > at }
            if let same = inForce.first(where: { $0.nemesis == choice }) { at = same.at + same.duration + 100 }
            if inForce.count >= 3, let first = inForce.map({ $0.at + $0.duration }).min() { at = max(at, first) }
            guard at < milliseconds else { break }
            faults.append(Fault(at: at, duration: min(duration, milliseconds - at), nemesis: choice, seed: random.next()))
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
