import RedlockCore
import Testing

/// Every order and every outcome of the votes of one attempt, against the reference. Nothing is sampled: a path is cut
/// only where the attempt is decided, because what follows a decision is the same for all of them and checked once.
struct AcquireExhaustiveTests {
    private static let validUntil = Instant.ms(9898)
    private static let justInTime = validUntil - Nanoseconds(1)
    private static let deadline = Instant.ms(1000)

    @Test("Every order and outcome of the votes decides as the specification says", arguments: 1...5)
    func everyOrder(nodes: Int) {
        var bench = Bench(.usual(nodes: nodes))
        let sent = bench.start()
        var comparison = Comparison()
        comparison.expect(
            sent, [.send(.acquire(token: .a, ttl: .seconds(10), fencing: false), to: .all(nodes), round: bench.round)], after: "start")
        walk(bench, ReferenceRound(nodes: nodes), &comparison)
        #expect(comparison.differences.isEmpty)
        for end in ["granted", "unreachable", "contended", "expired"] { #expect(comparison.seen[end, default: 0] > 0, "never saw \(end)") }
        if nodes == 5 { #expect(comparison.steps > 100_000) }
    }

    private func walk(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        timeOut(bench, reference, &comparison)
        cancel(bench, reference, &comparison)
        for node in 0..<reference.nodes where !reference.replies.contains(where: { $0.node == node }) {
            for fate in Fate.plain {
                let after = reference.adding(node, fate)
                let times =
                    fate == .granted(0)
                    ? [.ms(10 * Int64(after.replies.count)), Self.justInTime, Self.validUntil] : [.ms(10 * Int64(after.replies.count))]
                for now in times {
                    var next = bench
                    let effects = next.handle(fate.event(of: node, in: bench.round), at: now)
                    let verdict = after.verdict()
                    check(next, effects, verdict: verdict, after, at: now, &comparison)
                    if verdict == .pending, now < Self.deadline { walk(next, after, &comparison) }
                }
            }
        }
    }

    /// The deadline may come at any point of any story; before it, being woken changes nothing.
    private func timeOut(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        var bench = bench
        comparison.expect(bench.machine.wakeAt == Self.deadline, "wakes at \(bench.machine.wakeAt as Any) after \(reference.replies)")
        let early = bench
        let nothing = bench.wake(at: Self.deadline - Nanoseconds(1))
        comparison.expect(nothing.isEmpty && bench.machine == early.machine, "woken early after \(reference.replies)")
        let effects = bench.wake(at: Self.deadline)
        check(bench, effects, verdict: reference.verdict(overdue: true), reference, at: Self.deadline, &comparison)
    }

    private func cancel(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        var bench = bench
        let effects = bench.handle(.cancelled, at: .ms(500))
        comparison.expect(effects, takeBack(reference) + [.failed(.cancelled)], after: "cancel after \(reference.replies)")
    }

    private func takeBack(_ reference: ReferenceRound) -> [LeaseEffect] {
        reference.mayHold.isEmpty ? [] : [.release(token: .a, fence: 0, to: reference.mayHold, until: .distantFuture)]
    }

    private func check(
        _ bench: Bench, _ effects: [LeaseEffect], verdict: ReferenceRound.Verdict, _ reference: ReferenceRound, at now: Instant,
        _ comparison: inout Comparison
    ) {
        let failure: AcquireFailure
        switch verdict {
        case .pending:
            comparison.expect(effects, [], after: "\(reference.replies) at \(now.text)")
            return
        case .won where now < Self.validUntil:
            comparison.saw("granted")
            comparison.expect(effects, [.granted], after: "\(reference.replies) at \(now.text)")
            comparison.expect(bench.machine.holding?.validUntil == Self.validUntil, "validity after \(reference.replies)")
            return checkGranted(bench, reference, &comparison)
        case .won: failure = .expired
        case .contended: failure = .contended
        case .unreachable: failure = .unreachable
        }
        comparison.saw("\(failure)")
        comparison.expect(effects, takeBack(reference) + [.failed(failure)], after: "\(reference.replies) at \(now.text)")
        comparison.expect(bench.machine.isEnded, "not ended after \(reference.replies)")
        checkFinished(bench, reference, &comparison)
    }

    /// Late votes change nothing, and a release goes wherever the key may be.
    private func checkGranted(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        checkFinished(bench, reference, &comparison)
        var bench = bench
        let effects = bench.handle(.releaseRequested, at: Self.justInTime)
        comparison.expect(effects, takeBack(reference), after: "release after \(reference.replies)")
    }

    private func checkFinished(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        var late = bench
        let effects = late.vote(reference.nodes - 1, .granted(), at: Self.justInTime)
        comparison.expect(effects.isEmpty && late.machine == bench.machine, "a late vote mattered after \(reference.replies)")
    }
}
