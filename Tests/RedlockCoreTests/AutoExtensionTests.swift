import RedlockCore
import Testing

struct AutoExtensionTests {
    private let plan = AutoExtension()

    @Test("The next extension begins after a third of the ttl, or up to a tenth of that earlier")
    func interval() {
        let intervals = (0..<2000).map { plan.interval(ttl: .seconds(30), random: $0 &* 0x9E37_79B9_7F4A_7C15) }
        #expect(intervals.allSatisfy { $0 <= .seconds(10) && $0 >= .seconds(9) })
        #expect(Set(intervals).count > 1900, "leases taken together must not extend together")
    }

    @Test("What is due within a 512th of the ttl is due at once, never later than it was, and not earlier by more than that")
    func inStep() {
        let beat = Nanoseconds.seconds(30) / 512
        for random in 0..<2000 as Range<Int64> {
            let instant = Instant(nanoseconds: 1_000_000_000_000 + random * 7_919_000)
            let due = plan.inStep(instant, ttl: .seconds(30))
            #expect(due <= instant && instant - due < beat)
            #expect(due.nanoseconds % beat.count == 0)
        }
        for ttl in [Int64.min, -1, 0, 1, 511, .max] {
            for instant in [Int64.min, -1, 0, 1, .max] { _ = plan.inStep(Instant(nanoseconds: instant), ttl: Nanoseconds(ttl)) }
        }
    }

    @Test("The wait after a failure doubles from a sixty-fourth to an eighth of the ttl")
    func backoff() {
        func longest(_ failures: Int) -> Nanoseconds {
            (0..<5000).map { plan.backoff(ttl: .milliseconds(6400), failures: failures, random: $0 &* 0x9E37_79B9_7F4A_7C15) }.max()
                ?? .zero
        }
        #expect(longest(0) == .milliseconds(100))
        #expect((.milliseconds(190) ... .milliseconds(200)).contains(longest(1)))
        #expect((.milliseconds(390) ... .milliseconds(400)).contains(longest(2)))
        for failures in [3, 4, 1000, Int.max] { #expect((.milliseconds(750) ... .milliseconds(800)).contains(longest(failures))) }
    }

    @Test("No ttl and no number of failures makes a wait after a failure shorter than 5 ms, or overflows")
    func noHotLoop() {
        for ttl in [Int64.min, -1, 0, 1, 1000, 1_000_000, 10_000_000, 1_000_000_000, .max] {
            for failures in [-1000, -1, 0, 1, 20, 21, .max] {
                for random in [0, 1, UInt64.max] {
                    #expect(plan.backoff(ttl: Nanoseconds(ttl), failures: failures, random: random) >= .milliseconds(5))
                }
            }
        }
        for ttl in [Int64.min, 0, 1, .max] { _ = plan.interval(ttl: Nanoseconds(ttl), random: .max) }
    }

    @Test(
        "With nodes that answer at once a lease extends itself about three times in a ttl, however short that is",
        arguments: [5, 20, 1000, 30_000])
    func calm(ttl: Int64) {
        var bench = Bench.held(.usual(ttl: .milliseconds(ttl), auto: plan))
        var extensions = 0
        while let wakeAt = bench.machine.wakeAt, wakeAt < .ms(10 * ttl), extensions < 1000 {
            bench.wakeOnTime()
            if bench.machine.isExtending {
                extensions += 1
                bench.votes([0, 1], at: wakeAt)
            }
        }
        #expect((25...40).contains(extensions))
        #expect(bench.machine.holding != nil)
    }

    @Test("With nodes that fail at once a lease is retried calmly until its end, and then lost", arguments: [20, 1000, 30_000])
    func calmFailures(ttl: Int64) {
        var bench = Bench.held(.usual(ttl: .milliseconds(ttl), auto: plan))
        var extensions = 0
        while let wakeAt = bench.machine.wakeAt, extensions < 1000 {
            bench.wakeOnTime()
            if bench.machine.isExtending {
                extensions += 1
                bench.votes([0, 1], .failed, at: wakeAt)
            }
        }
        #expect((1...45).contains(extensions))
        #expect(bench.machine.state == .ended(.lost))
    }

    @Test("Counted from the start of the granted round, not from the grant")
    func countedFromStart() throws {
        var bench = Bench(.usual(timeout: .seconds(9), auto: plan))
        bench.start(at: .ms(0))
        bench.votes([0, 1], at: .ms(3000))
        let wakeAt = try #require(bench.machine.wakeAt)
        #expect(wakeAt <= .ms(3334))
        #expect(wakeAt >= .ms(3000))
    }

    @Test("Nothing begins after the maximum hold: the lease runs out")
    func maximumHold() {
        var bench = Bench.held(.usual(auto: AutoExtension(maximumHold: .seconds(20))))
        var latest = Instant.ms(0)
        for _ in 0..<100 {
            guard let wakeAt = bench.machine.wakeAt else { break }
            bench.wakeOnTime()
            if bench.machine.isExtending {
                latest = wakeAt
                bench.votes([0, 1], at: wakeAt)
            }
        }
        #expect(bench.machine.state == .ended(.lost))
        #expect(latest > .ms(15_000))
        #expect(latest < .ms(20_001))
    }
}
