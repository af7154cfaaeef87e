import RedlockCore

/// The same numbers for the same seed, so that a failure can be repeated.
struct SeededRandom: RandomNumberGenerator {
    private var sequence: Jitter

    init(_ seed: UInt64) { sequence = Jitter(seed: seed) }

    mutating func next() -> UInt64 { sequence.next() }
}
