import RedlockCore
import Testing

/// Mistakes that were in the rules once, each found by reading or by another test of this target.
struct RegressionTests {
    @Test("A wait that nothing shortens ends: with a base of zero, too, attempts stop at the deadline")
    func retryEnds() {
        // It was so: left >= base holds for ever when both are zero: an endless loop of attempts at one instant.
        var bench = Bench(.usual(giveUpAt: .ms(3000), retry: RetrySchedule(base: .zero, cap: .zero)))
        bench.start()
        var wakes = 0
        while bench.machine.wakeAt != nil, wakes < 1000 {
            bench.wakeOnTime(LockToken(high: 1, low: UInt64(wakes)))
            wakes += 1
        }
        let ended = bench.machine.isEnded
        #expect(ended)
    }

    @Test("Contention is never reported as an outage because the last attempt had no time left")
    func contentionIsNoOutage() {
        // It was so: an attempt cut short by giveUpAt sees only silence, and its failure replaces what is known.
        let failures = (0..<100).map(failureWhereAllRefuse)
        let outages = failures.filter { $0 != .failed(.contended) }.count
        #expect(outages == 0)
    }

    /// How a wait of 500 ms ends if every node refuses one millisecond after it was asked, in every attempt.
    private func failureWhereAllRefuse(seed: UInt64) -> LeaseEffect? {
        var bench = Bench(.usual(giveUpAt: .ms(500)))
        var effects = bench.start(seed: seed)
        var asked = Instant.ms(0)
        var tries: UInt64 = 0
        while let wakeAt = bench.machine.wakeAt, tries < 1000 {
            tries += 1
            if case .voting = bench.machine.state, asked + .milliseconds(1) < wakeAt {
                effects = bench.votes([0, 1], .refused, at: asked + .milliseconds(1))
            } else {
                effects = bench.wake(LockToken(high: 1, low: tries), at: wakeAt)
                asked = wakeAt
            }
        }
        return effects.last
    }

    @Test("A release is owed until the longest ttl a node may have stored has passed")
    func releaseOutlivesLongExtension() throws {
        var bench = Bench.held()
        bench.handle(.extensionRequested(ttl: .seconds(60)), at: .ms(2000))
        bench.votes([0, 1], at: .ms(2001))
        let effects = bench.handle(.releaseRequested, at: .ms(3000))
        guard case .release(_, _, _, let until)? = effects.last else { return #expect(Bool(false), "\(effects)") }
        // It was so: releaseDeadline counts terms.ttl, not the ttl of the extension.
        #expect(until >= .ms(2001 + 60_000), "a node that cannot be reached until then keeps the key until \(Instant.ms(62_001).text)")
    }

    @Test("A failed wish for a long extension does not end the automatic ones")
    func automaticAfterFailedWish() {
        var bench = Bench.held(.usual(auto: AutoExtension()))
        bench.handle(.extensionRequested(ttl: .seconds(3600)), at: .ms(1000))
        bench.votes([0, 1], .failed, at: .ms(1001))
        // It was so: the backoff is counted from the ttl that was wished for: 3600 s / 64 is beyond the end of the lease.
        bench.wakeOnTime()
        let extending = bench.machine.isExtending
        #expect(extending)
    }

    @Test("A failed phase 2 is an outage only where silent nodes alone rule a quorum out")
    func raiseReason() {
        var bench = Bench(.usual(fencing: true))
        bench.start()
        bench.vote(0, .granted(fence: 5), at: .ms(1))
        bench.vote(1, .refused, at: .ms(2))
        bench.vote(2, .granted(fence: 7), at: .ms(3))
        let effects = bench.vote(0, .unknown, at: .ms(4))
        // It was so: in the second round the node that refused the first counts as one that could not be asked.
        #expect(effects.last == .failed(.contended), "one node silent, one refused: \(effects.map(\.text))")
    }

    @Test("Woken late, a machine does not begin an attempt after its wait is over")
    func noAttemptAfterTheWait() {
        var bench = Bench(.usual(giveUpAt: .ms(3000), retry: RetrySchedule(base: .milliseconds(10))))
        bench.start()
        bench.votes([0, 1], .refused, at: .ms(1))
        let effects = bench.wake(at: .ms(3000))
        // It was so: the state backingOff does not look at giveUpAt again.
        #expect(effects == [.failed(.contended)], "\(effects.map(\.text))")
    }

    @Test("Woken late, a lease does not extend itself after its maximum hold")
    func noExtensionAfterMaximumHold() throws {
        var bench = Bench.held(.usual(auto: AutoExtension(maximumHold: .seconds(5))))
        let wakeAt = try #require(bench.machine.wakeAt)
        #expect(wakeAt < .ms(5000))
        let effects = bench.wake(at: .ms(5002))
        // It was so: maximumHold is looked at when an extension is planned, not when it begins.
        #expect(effects.isEmpty, "\(effects.map(\.text))")
    }

    @Test("Whoever asks for an extension while one is under way is not told that the lease is not held")
    func secondWish() {
        var bench = Bench.held()
        bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(2000))
        let effects = bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(2001))
        // It was so: the one reason for every refusal is notHeld, documented as: not held any more.
        #expect(effects == [.extensionFailed(.underWay, requested: true)])
        #expect(bench.votes([0, 1], at: .ms(2002)) == [.extended(requested: true)])
    }

    @Test("No division of spans traps")
    func division() async {
        // It was so: Int64.min / -1 overflows.
        await #expect(processExitsWith: .success) { _ = Nanoseconds(.min) / -1 }
    }

    @Test("A lease that extends itself does so before its holder is told to stop, however large the margin")
    func automaticBeforeLargeMargin() {
        var bench = Bench.held(.usual(margin: .seconds(7), auto: AutoExtension()))
        // It was so: with a margin of two thirds of the ttl or more, a third of the ttl is after stopAt, and nothing was tried.
        bench.wakeOnTime()
        #expect(bench.machine.isExtending, "told to stop after \(Instant.ms(2898).text) without having tried to extend")
    }
}
