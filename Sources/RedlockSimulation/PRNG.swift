import RedlockCore

/// The simulator's own pseudo-random numbers (SplitMix64): the same on every machine and in every version of Swift.
///
/// Chances are integer ratios and spans are integers, because no floating point may decide anything in a run.
package struct PRNG: Hashable, Sendable {
    private var sequence: Jitter

    package init(seed: UInt64) { sequence = Jitter(seed: seed) }

    package mutating func next() -> UInt64 { sequence.next() }

    /// A stream of its own, so that drawing more for one purpose does not change another.
    package mutating func fork() -> PRNG { PRNG(seed: next() ^ 0xA076_1D64_78BD_642F) }

    /// 0 ..< bound.
    package mutating func below(_ bound: Int) -> Int {
        bound <= 1 ? 0 : Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// Both ends included.
    package mutating func between(_ low: Int64, _ high: Int64) -> Int64 {
        high <= low ? low : low + Int64(next().multipliedFullWidth(by: UInt64(high - low) + 1).high)
    }

    /// True in `numerator` of `denominator` cases.
    package mutating func chance(_ numerator: Int, in denominator: Int) -> Bool { below(denominator) < numerator }

    package mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
