import RedlockCore
import Testing

struct RetryScheduleTests {
    @Test("The whole of each wait is random, from nothing to the bound")
    func fullJitter() {
        let schedule = RetrySchedule(base: .milliseconds(8), cap: .seconds(1))
        for (failures, bound) in [(1, 8), (2, 16), (3, 32)] as [(Int, Int64)] {
            // Random numbers a millisecond apart, so that the remainders fall into every millisecond up to the bound.
            let waits = Set((0..<1000).map { schedule.delay(afterFailures: failures, random: $0 * 1_000_000)?.wholeMilliseconds })
            #expect(waits == Set((0...bound).map { $0 }))
        }
    }

    @Test("The bound doubles with every failure up to the cap")
    func cap() {
        let schedule = RetrySchedule(base: .milliseconds(1), cap: .milliseconds(200))
        func longest(_ failures: Int) -> Nanoseconds {
            // A random number that is the bound itself, modulo bound + 1.
            (0...200).compactMap { schedule.delay(afterFailures: failures, random: UInt64($0) * 1_000_000) }.max() ?? .zero
        }
        #expect(longest(1) == .milliseconds(1))
        #expect(longest(4) == .milliseconds(8))
        #expect(longest(9) == .milliseconds(200))
        #expect(longest(1000) == .milliseconds(200))
    }

    @Test("No wait is longer than what is left, and with less than the base left there is none")
    func whatIsLeft() {
        let schedule = RetrySchedule(base: Nanoseconds(8000), cap: .seconds(1))
        let waits = Set((0..<50_000).map { schedule.delay(afterFailures: 10, within: Nanoseconds(8020), random: $0)?.count })
        #expect(waits == Set((0...8020).map { $0 }))
        #expect(schedule.delay(afterFailures: 1, within: Nanoseconds(8000), random: 8000) == Nanoseconds(8000))
        #expect(schedule.delay(afterFailures: 1, within: Nanoseconds(7999), random: 0) == nil)
        #expect(schedule.delay(afterFailures: 1, within: Nanoseconds(.min), random: 0) == nil)
    }

    @Test("There is always some wait, so that the attempts of one instant have an end")
    func neverNothing() {
        let schedule = RetrySchedule(base: .zero, cap: Nanoseconds(-5))
        #expect((schedule.base, schedule.cap) == (Nanoseconds(1000), Nanoseconds(1000)))
        #expect(schedule.delay(afterFailures: 1, within: .zero, random: 0) == nil)
    }

    @Test("No base, cap, remainder or number of failures overflows", arguments: [Int64.min, -1, 0, 1, .max], [Int64.min, -1, 0, 1, .max])
    func extremes(base: Int64, cap: Int64) {
        let schedule = RetrySchedule(base: Nanoseconds(base), cap: Nanoseconds(cap))
        for failures in [-1000, -1, 0, 1, 63, 64, .max] {
            for random in [0, 1, UInt64.max] {
                for left in [Int64.min, -1, 0, 1, .max] {
                    guard let delay = schedule.delay(afterFailures: failures, within: Nanoseconds(left), random: random) else { continue }
                    #expect(delay >= .zero)
                    #expect(delay <= min(max(Nanoseconds(cap), Nanoseconds(1000)), Nanoseconds(left)))
                }
            }
        }
    }

    @Test("The jitter is SplitMix64: it repeats from its seed and differs between seeds")
    func jitter() {
        // The published test vector of SplitMix64 for seed 1234567.
        var known = Jitter(seed: 1_234_567)
        #expect(
            (0..<5).map { _ in known.next() } == [
                6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423, 4_593_380_528_125_082_431,
                16_408_922_859_458_223_821,
            ])
        var one = Jitter(seed: 1)
        var two = Jitter(seed: 2)
        #expect(one.next() != two.next())
    }

    @Test("Leases seeded differently wait differently after the same failure")
    func desynchronised() {
        let waits = Set(
            (0..<50).map { (seed: UInt64) in
                var bench = Bench(.usual(giveUpAt: .ms(60_000), retry: RetrySchedule(base: .milliseconds(50))))
                bench.start(seed: seed)
                bench.votes([0, 1], .refused, at: .ms(1))
                return bench.machine.wakeAt
            })
        #expect(waits.count == 50)
    }
}
