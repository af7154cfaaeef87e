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
            (0..<5000).map {
                plan.backoff(
                    ttl: .milliseconds(6400), failures: failures, within: .seconds(6), chance: .milliseconds(800),
                    random: $0 &* 0x9E37_79B9_7F4A_7C15)
            }.max() ?? .zero
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
                for (left, random) in [(Int64.min, 0), (0, 1), (1, .max), (.max, UInt64.max)] {
                    for chance in [Int64.min, 0, .max] {
                        let wait = plan.backoff(
                            ttl: Nanoseconds(ttl), failures: failures, within: Nanoseconds(left), chance: Nanoseconds(chance),
                            random: random)
                        #expect(wait >= .milliseconds(5))
                    }
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

    /// A lease that extends itself, what its last try needs to succeed, and its shortest wait.
    private static let retried: [(terms: LeaseTerms, chance: Nanoseconds, floor: Nanoseconds)] = [
        (.usual(ttl: .seconds(30), margin: .seconds(3), auto: AutoExtension()), .seconds(1), .seconds(30) / 64),
        (.usual(timeout: .seconds(5), auto: AutoExtension()), .milliseconds(1250), .seconds(10) / 64),
        (.usual(timeout: .milliseconds(50), margin: .seconds(1), auto: AutoExtension()), .milliseconds(50), .seconds(10) / 64),
        (.usual(ttl: .milliseconds(200), timeout: .milliseconds(100), auto: AutoExtension()), .milliseconds(25), .milliseconds(5)),
    ]

    @Test("No wait sleeps through the last moment at which an extension still has time to succeed", arguments: retried.indices)
    func lastChance(index: Int) throws {
        let (terms, chance, floor) = Self.retried[index]
        for seed in 0..<500 as Range<UInt64> {
            var bench = Bench(terms)
            bench.start(seed: seed)
            bench.votes([0, 1], at: .ms(1))
            let stopAt = try #require(bench.machine.holding?.stopAt)
            var begun: [Instant] = []
            while let wakeAt = bench.machine.wakeAt, wakeAt < stopAt, begun.count <= 45 {
                bench.wakeOnTime()
                guard bench.machine.isExtending else { continue }
                begun.append(wakeAt)
                bench.votes([0, 1], .failed, at: wakeAt)
            }
            let inTime = try #require(begun.last { $0 <= stopAt - chance })
            #expect(inTime > stopAt - chance - floor, "seed \(seed)")
            #expect(begun.last.map { $0 >= stopAt - floor } == true, "seed \(seed): it gave up before the end")
            #expect(zip(begun, begun.dropFirst()).allSatisfy { $1 - $0 >= floor }, "seed \(seed)")
            #expect(begun.count <= 45)
        }
    }

    @Test("Nodes that come back before that moment save the lease, however slowly they answer", arguments: retried.indices)
    func savedByLastTry(index: Int) throws {
        let (terms, chance, floor) = Self.retried[index]
        for seed in 0..<500 as Range<UInt64> {
            var bench = Bench(terms)
            bench.start(seed: seed)
            bench.votes([0, 1], at: .ms(1))
            let stopAt = try #require(bench.machine.holding?.stopAt)
            for _ in 0..<100 {
                guard let wakeAt = bench.machine.wakeAt, bench.machine.holding?.stopAt == stopAt else { break }
                bench.wakeOnTime()
                guard bench.machine.isExtending else { continue }
                if wakeAt < stopAt - chance - floor {
                    bench.votes([0, 1], .failed, at: wakeAt)
                } else {
                    bench.votes([0, 1], at: wakeAt + chance - Nanoseconds(1))
                }
            }
            #expect(bench.machine.holding.map { $0.stopAt > stopAt } == true, "seed \(seed): not extended")
        }
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
