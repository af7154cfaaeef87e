import RedlockCore
import Testing

/// What the exhaustive walks and the stories leave open.
struct LeaseMachineTests {
    @Test("A first attempt gets its full time even if nobody wants to wait")
    func firstAttemptGetsItsTime() {
        var bench = Bench(.usual(giveUpAt: .ms(0)))
        bench.start()
        #expect(bench.machine.wakeAt == .ms(1000))
        #expect(bench.votes([0, 1], at: .ms(500)).last == .granted)
    }

    @Test("An attempt never waits beyond its own validity")
    func deadlineWithinValidity() {
        var bench = Bench(.usual(timeout: .seconds(60)))
        bench.start()
        #expect(bench.machine.wakeAt == .ms(9898))
        #expect(bench.wakeOnTime().last == .failed(.unreachable))
    }

    @Test("Waits grow with the failures, and every attempt begins when its wait is over, not before")
    func attemptsFollowTheSchedule() throws {
        var bench = Bench(.usual(giveUpAt: .ms(3_600_000), retry: RetrySchedule(base: .milliseconds(10), cap: .seconds(10))))
        bench.start()
        var longest = Nanoseconds.zero
        for attempt in 1...12 {
            let failedAt = try #require(bench.machine.wakeAt)
            bench.wake(at: failedAt)
            #expect(bench.machine.attempts == attempt)
            let retryAt = try #require(bench.machine.wakeAt)
            longest = max(longest, retryAt - failedAt)
            #expect(retryAt - failedAt <= min(.milliseconds(10 << (Int64(attempt) - 1)), .seconds(10)))
            #expect(bench.wake(at: retryAt - Nanoseconds(1)).isEmpty)
            #expect(bench.wake(LockToken(high: 2, low: UInt64(attempt)), at: retryAt).requests.count == 1)
        }
        #expect(longest > .milliseconds(500))
    }

    @Test("No attempt begins after the wait is over, if the machine is woken when it asks for it", arguments: 0..<50 as Range<UInt64>)
    func noAttemptAfterTheWait(seed: UInt64) {
        var bench = Bench(.usual(timeout: .milliseconds(100), giveUpAt: .ms(1000), retry: RetrySchedule(base: .milliseconds(2))))
        bench.start(seed: seed)
        var tries: UInt64 = 0
        var latest = Instant.ms(0)
        while let wakeAt = bench.machine.wakeAt, tries < 10_000 {
            tries += 1
            latest = wakeAt
            let effects = bench.wake(LockToken(high: 1, low: tries), at: wakeAt)
            if !effects.requests.isEmpty { #expect(wakeAt <= .ms(1000)) }
        }
        #expect(bench.machine.isEnded)
        #expect(latest <= .ms(1000), "the end is told no later than the wait is over")
    }

    @Test("Nothing is granted of which nothing is left but the margin")
    func grantInsideMargin() {
        // Valid until 9898 ms, and to be stopped from 7898 ms on.
        for (instant, expected) in [(Int64(7897), LeaseEffect.granted), (7898, .failed(.expired)), (7899, .failed(.expired))] {
            var bench = Bench(.usual(timeout: .seconds(20), margin: .seconds(2)))
            bench.start()
            #expect(bench.votes([0, 1], at: .ms(instant)).last == expected)
        }
    }

    @Test("A margin moves along with the validity")
    func marginFollowsExtension() {
        var bench = Bench.held(.usual(margin: .seconds(2)))
        #expect(bench.machine.wakeAt == .ms(7898))
        bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(5000))
        bench.votes([0, 1], at: .ms(5001))
        #expect(bench.machine.wakeAt == .ms(12_898))
        #expect(bench.wakeOnTime() == [.mustStop])
    }

    @Test("An extension under way is given up after its timeout, and at the latest when the validity ends")
    func extensionDeadline() {
        var bench = Bench.held()
        bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(5000))
        #expect(bench.machine.wakeAt == .ms(6000))
        var late = Bench.held()
        late.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(9500))
        #expect(late.machine.wakeAt == .ms(9898))
    }

    @Test("Once told to stop, a holder cannot have more time, and nothing extends by itself")
    func stopIsFinal() {
        var bench = Bench.held(.usual(margin: .seconds(2), auto: AutoExtension()))
        let round = bench.round
        bench.wake(at: .ms(8000))
        #expect(bench.handle(.extensionRequested(ttl: .seconds(10)), at: .ms(8001)) == [.extensionFailed(.notHeld, requested: true)])
        bench.votes([0, 1, 2], at: .ms(8002))
        #expect(bench.wake(at: .ms(9000)).isEmpty)
        #expect(bench.round == round, "no round was opened")
        #expect(bench.machine.holding?.validUntil == .ms(9898))
    }

    @Test(
        "Every event but a vote loses a lease whose validity is over, and is then handled as after the end",
        arguments: [
            (LeaseEvent.releaseRequested, 0), (.cancelled, 0), (.woke(fresh: .b), 0), (.extensionRequested(ttl: .seconds(10)), 1),
            (.started(token: .b, seed: 1), 0), (.unsent(nodes(0), RoundID(0)), 0), (.voted(NodeID(2), .granted(), RoundID(0)), 0),
        ])
    func timeAloneEnds(event: LeaseEvent, answers: Int) {
        var bench = Bench.held()
        let effects = bench.handle(event, at: .ms(9898))
        #expect(effects.prefix(1) == [.mustStop])
        #expect(effects.releases == [.a: nodes(0, 1, 2)])
        #expect(effects.contains(.lost))
        #expect(effects.count == 3 + answers)
        #expect(bench.machine.state == .ended(.lost))
    }

    @Test("A release stays owed until the nodes have expired the key by themselves")
    func releaseDeadlines() {
        func until(_ effects: [LeaseEffect]) -> Instant? {
            for case .release(_, _, _, let until) in effects { return until }
            return nil
        }
        var failing = Bench(.usual())
        failing.start()
        #expect(until(failing.wakeOnTime()) == .ms(1000 + 10_102))
        var held = Bench.held()
        #expect(until(held.handle(.releaseRequested, at: .ms(5000))) == .ms(5000 + 10_102))
        var lost = Bench.held()
        #expect(until(lost.wakeOnTime()) == .ms(9898 + 10_102))
    }

    @Test("The tally that decided an attempt can be read afterwards, for the report of each node")
    func lastTally() throws {
        var bench = Bench(.usual(nodes: 5))
        bench.start()
        bench.vote(0, .granted(), at: .ms(1))
        bench.vote(1, .refused, at: .ms(1))
        bench.vote(2, .failed, at: .ms(1))
        bench.wakeOnTime()
        let tally = try #require(bench.machine.lastTally)
        #expect((tally.granted, tally.refused, tally.failed, tally.unknown) == (nodes(0), nodes(1), nodes(2), nodes(3, 4)))
        #expect(Bench.held().machine.lastTally?.granted == nodes(0, 1))
    }

    @Test("Rounds of one machine have identities of their own, beginning with the one it was given")
    func roundIdentities() {
        var machine = LeaseMachine(terms: .usual(giveUpAt: .ms(60_000)), firstRound: RoundID(.max))
        var effects: [LeaseEffect] = []
        machine.handle(.started(token: .a, seed: 1), at: .ms(0), into: &effects)
        machine.handle(.woke(fresh: .b), at: .ms(1000), into: &effects)
        machine.handle(.woke(fresh: .b), at: machine.wakeAt ?? .ms(0), into: &effects)
        let rounds = effects.compactMap { if case .send(_, _, let round) = $0 { round } else { nil } }
        #expect(rounds == [RoundID(.max), RoundID(0)])
    }

    @Test("Asked a second time, or after the end, a machine starts nothing")
    func startsOnce() {
        var bench = Bench.held()
        #expect(bench.start(.b, at: .ms(2)).isEmpty)
        bench.handle(.releaseRequested, at: .ms(3))
        #expect(bench.start(.b, at: .ms(4)).isEmpty)
        var idle = Bench(.usual())
        #expect(idle.handle(.releaseRequested, at: .ms(0)).isEmpty)
        #expect(idle.start(at: .ms(1)).isEmpty)
    }

    @Test("Effects are appended behind what is already there")
    func appends() {
        var machine = LeaseMachine(terms: .usual())
        var effects: [LeaseEffect] = [.lost]
        machine.handle(.started(token: .a, seed: 1), at: .ms(0), into: &effects)
        #expect(effects.count == 2)
        #expect(effects.first == .lost)
    }

    @Test("The same story told twice is the same, to the last nanosecond")
    func deterministic() {
        func tell() -> (LeaseMachine, [LeaseEffect]) {
            var bench = Bench(.usual(giveUpAt: .ms(60_000), auto: AutoExtension()))
            var effects = bench.start(seed: 99)
            for tries in 0..<20 { effects += bench.wakeOnTime(LockToken(high: 1, low: UInt64(tries))) }
            effects += bench.votes([0, 1], at: bench.machine.wakeAt.map { $0 - Nanoseconds(1) } ?? .ms(0))
            return (bench.machine, effects)
        }
        #expect(tell() == tell())
    }
}
