import RedlockCore
import Testing

/// The Redlock specification (redis.io, "Distributed Locks with Redis"), one test a sentence. Each quotes what it tests.
struct RedlockSpecTests {
    private let five = LeaseTerms.usual(nodes: 5)

    @Test(#"Safety: "at any given moment, only one client can hold a lock""#, arguments: 1...9)
    func mutualExclusion(nodes: Int) {
        // Two clients divide the nodes between them in every way; a node grants to one of them only.
        for split in 0..<(1 << nodes) {
            var clients = [Bench(.usual(nodes: nodes)), Bench(.usual(nodes: nodes))]
            clients[0].start(.a)
            clients[1].start(.b)
            for node in 0..<nodes {
                let winner = split >> node & 1
                clients[winner].vote(node, .granted(), at: .ms(1))
                clients[1 - winner].vote(node, .refused, at: .ms(1))
            }
            #expect(clients.filter { $0.machine.holding != nil }.count <= 1)
        }
    }

    @Test(#""This value must be unique across all clients and all lock requests""#)
    func uniqueValue() {
        var bench = Bench(.usual(giveUpAt: .ms(60_000)))
        var used = bench.start(.a).requests.map(\.token)
        for letter in ["B", "C", "D"] as [Unicode.Scalar] {
            bench.votes([0, 1], .refused, at: bench.machine.wakeAt.map { $0 - .milliseconds(1) } ?? .ms(0))
            used += bench.wakeOnTime(LockToken(letter: letter)).requests.map(\.token)
        }
        #expect(used.map(\.letter) == ["A", "B", "C", "D"])
    }

    @Test(#"Step 1: "It gets the current time""#)
    func stepOne() {
        // Twice the same story, an hour apart: only the start counts for the end.
        for start in [Instant.ms(0), .ms(3_600_000)] {
            var bench = Bench(five)
            bench.start(at: start)
            bench.votes([0, 1, 2], at: start + .milliseconds(700))
            #expect(bench.machine.holding?.validUntil == start + .milliseconds(9898))
        }
    }

    @Test(#"Step 2: "It tries to acquire the lock in all the N instances … using the same key name and random value in all the instances""#)
    func stepTwoAllInstances() {
        var bench = Bench(five)
        let effects = bench.start(.a)
        #expect(effects == [.send(.acquire(token: .a, ttl: .seconds(10), fencing: false), to: nodes(0, 1, 2, 3, 4), round: RoundID(0))])
    }

    @Test(#"Step 2: "the client uses a timeout which is small compared to the total lock auto-release time""#)
    func stepTwoTimeout() {
        var bench = Bench(.usual(nodes: 5, timeout: .milliseconds(50)))
        bench.start()
        bench.votes([0, 1], at: .ms(1))
        #expect(bench.machine.wakeAt == .ms(50))
        #expect(bench.wakeOnTime().last == .failed(.unreachable))
    }

    @Test(#"Step 2: "if an instance is not available, we should try to talk with the next instance ASAP""#)
    func stepTwoUnavailableInstance() {
        var bench = Bench(five)
        bench.start()
        bench.handle(.unsent(nodes(0, 1), RoundID(0)), at: .ms(0))
        #expect(bench.votes([2, 3, 4], at: .ms(1)).last == .granted)
    }

    @Test(#"Step 3: "If and only if the client was able to acquire the lock in the majority of the instances (at least 3)""#)
    func stepThreeMajority() {
        for subset in 0..<32 {
            var bench = Bench(five)
            bench.start()
            for node in 0..<5 { bench.vote(node, subset >> node & 1 == 1 ? .granted() : .refused, at: .ms(1)) }
            #expect((bench.machine.holding != nil) == (subset.nonzeroBitCount >= 3))
        }
    }

    @Test(#"Step 3: "… and the total time elapsed to acquire the lock is less than lock validity time""#)
    func stepThreeElapsed() {
        for (elapsed, granted) in [(0, true), (5000, true), (9897, true), (9898, false), (10_000, false), (50_000, false)]
            as [(Int64, Bool)]
        {
            var bench = Bench(.usual(nodes: 5, timeout: .seconds(60)))
            bench.start()
            bench.votes([0, 1, 2], at: .ms(elapsed))
            #expect((bench.machine.holding != nil) == granted, "after \(elapsed) ms")
        }
    }

    @Test(
        #"Step 4: "its validity time is considered to be the initial validity time minus the time elapsed""#,
        arguments: [0, 1, 500, 9000] as [Int64])
    func stepFour(elapsed: Int64) throws {
        var bench = Bench(.usual(nodes: 5, timeout: .seconds(60)))
        bench.start(at: .ms(100))
        bench.votes([4, 3, 2], at: .ms(100 + elapsed))
        let left = try #require(bench.machine.holding).validUntil - .ms(100 + elapsed)
        #expect(left == .milliseconds(9898 - elapsed))
    }

    @Test(#"Step 5: "If the client failed to acquire the lock for some reason … it will try to unlock all the instances""#)
    func stepFive() {
        // Not a majority: two granted, one could not serve, two were never heard of.
        var minority = Bench(five)
        minority.start()
        minority.votes([0, 1], at: .ms(1))
        minority.vote(2, .failed, at: .ms(1))
        #expect(minority.wakeOnTime().releases == [.a: nodes(0, 1, 2, 3, 4)])

        // "or the validity time is negative"
        var late = Bench(.usual(nodes: 5, timeout: .seconds(60)))
        late.start()
        #expect(late.votes([0, 1, 2], at: .ms(20_000)).releases == [.a: nodes(0, 1, 2, 3, 4)])
    }

    @Test(#"Step 5: "even the instances it believed it was not able to lock", except where it is sure: a node that refused"#)
    func stepFiveBelieved() {
        var bench = Bench(five)
        bench.start()
        bench.vote(0, .granted(), at: .ms(1))
        bench.vote(1, .unknown, at: .ms(1))
        bench.vote(2, .failed, at: .ms(1))
        #expect(bench.vote(3, .refused, at: .ms(1)).releases == [.a: nodes(0, 1, 2, 4)])
    }

    @Test(#""MIN_VALIDITY=TTL-(T2-T1)-CLOCK_DRIFT""#)
    func minimumValidity() throws {
        let (t1, t2) = (Instant.ms(250), Instant.ms(1000))
        var bench = Bench(five)
        bench.start(at: t1)
        bench.votes([0, 1, 2], at: t2)
        let holding = try #require(bench.machine.holding)
        let clockDrift = Nanoseconds.milliseconds(10_000 / 100 + 2)
        #expect(holding.validUntil - t2 == .seconds(10) - (t2 - t1) - clockDrift)
    }

    @Test(#""guaranteed only as long as the client … terminates its work within the lock validity time … minus some time""#)
    func worksWithinValidity() {
        var bench = Bench.held(.usual(margin: .seconds(1)))
        #expect(bench.machine.wakeAt == .ms(8898))
        #expect(bench.wakeOnTime() == [.mustStop])
        #expect(bench.wakeOnTime().last == .lost)
    }

    @Test(#"Retry: "it should try again after a random delay in order to try to desynchronize multiple clients""#)
    func retryAfterRandomDelay() {
        let delays = (0..<200).map { (seed: UInt64) in
            var bench = Bench(.usual(nodes: 5, giveUpAt: .ms(60_000), retry: RetrySchedule(base: .milliseconds(100), cap: .seconds(1))))
            bench.start(seed: seed)
            bench.votes([0, 1, 2], .refused, at: .ms(1))
            return (bench.machine.wakeAt ?? .distantFuture) - .ms(1)
        }
        #expect(Set(delays).count > 190)
        #expect(delays.allSatisfy { $0 >= .zero && $0 <= .milliseconds(100) })
        #expect(delays.contains { $0 < .milliseconds(20) } && delays.contains { $0 > .milliseconds(80) })
    }

    @Test(#"Retry: "the client should try to send the SET commands to the N instances at the same time using multiplexing""#)
    func allAtOnce() {
        var bench = Bench(five)
        let effects = bench.start()
        #expect(effects.count == 1)
        #expect(bench.vote(0, .granted(), at: .ms(1)).isEmpty)
    }

    @Test(#""how important it is for clients that fail to acquire the majority of locks, to release the (partially) acquired locks ASAP""#)
    func releaseAtOnce() {
        var bench = Bench(.usual(nodes: 5, giveUpAt: .ms(60_000)))
        bench.start()
        bench.votes([0, 1], at: .ms(1))
        bench.votes([2, 3], .refused, at: .ms(2))
        // In the same step that learns of the failure, before any waiting.
        #expect(bench.vote(4, .refused, at: .ms(3)).releases == [.a: nodes(0, 1)])
    }

    @Test(#"Release: "can be performed whether or not the client believes it was able to successfully lock a given instance""#)
    func releaseEverywhere() {
        var bench = Bench(five)
        bench.start()
        bench.vote(0, .unknown, at: .ms(1))
        bench.votes([1, 2, 3], at: .ms(1))
        #expect(bench.handle(.releaseRequested, at: .ms(2)).releases == [.a: nodes(0, 1, 2, 3, 4)])
    }

    @Test(#""it will consider the lock invalid and will unlock the instances" where locking took about as long as the ttl"#)
    func tooSlow() {
        var bench = Bench(.usual(nodes: 5, timeout: .seconds(60)))
        bench.start()
        bench.votes([0, 1], at: .ms(1))
        let effects = bench.vote(2, .granted(), at: .ms(9999))
        #expect(effects.releases == [.a: nodes(0, 1, 2, 3, 4)])
        #expect(effects.last == .failed(.expired))
    }

    @Test(#"Extension: "sending a Lua script to all the instances that extends the TTL of the key""#)
    func extensionAsksAll() {
        var bench = Bench.held(five)
        let effects = bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(5000))
        #expect(effects == [.send(.extend(token: .a, ttl: .seconds(10), fence: 0), to: nodes(0, 1, 2, 3, 4), round: RoundID(1))])
    }

    @Test(
        #"Extension: "only … re-acquired if it was able to extend the lock into the majority of instances, and within the validity time""#)
    func extensionWithinValidity() {
        for (granted, now, extended) in [(3, 9897, true), (2, 9897, false), (3, 9898, false), (5, 9898, false)] as [(Int, Int64, Bool)] {
            var bench = Bench.held(.usual(nodes: 5, timeout: .seconds(60)))
            bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(5000))
            let effects = bench.votes(Array(0..<granted), at: .ms(now))
            #expect(effects.contains(.extended(requested: true)) == extended, "\(granted) nodes at \(now) ms")
        }
    }

    @Test(#"Extension: "the maximum number of lock reacquisition attempts should be limited", here by the time held"#)
    func extensionsAreLimited() {
        var bench = Bench.held(.usual(auto: AutoExtension(maximumHold: .seconds(60))))
        var wakes = 0
        while let wakeAt = bench.machine.wakeAt, wakes < 100 {
            bench.wakeOnTime()
            if bench.machine.isExtending { bench.votes([0, 1], at: wakeAt) }
            wakes += 1
        }
        #expect(bench.machine.state == .ended(.lost))
        #expect((15...25).contains(wakes))
    }
}
