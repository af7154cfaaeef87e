import RedlockCore
import Testing

/// Every order and every outcome of the votes of one extension, against the reference.
struct ExtendExhaustiveTests {
    /// What is asked for at 2 s of a lease valid until 9898 ms, and until when the lease is valid if that is granted.
    enum Wish: String, CaseIterable, CustomTestStringConvertible {
        case same, shorter, longer

        var ttl: Nanoseconds { self == .same ? .seconds(10) : self == .shorter ? .seconds(1) : .seconds(60) }
        var validUntil: Instant { self == .same ? .ms(11_898) : self == .shorter ? .ms(9898) : .ms(61_398) }
        var testDescription: String { rawValue }
    }

    private static let oldEnd = Instant.ms(9898)
    private static let begun = Instant.ms(2000)
    private static let deadline = Instant.ms(3000)

    @Test("Every order and outcome of an extension's votes decides as the specification says", arguments: 1...5, Wish.allCases)
    func everyOrder(nodes: Int, wish: Wish) {
        // Five nodes with every order once is enough: the ttl has no part in the counting.
        guard nodes < 5 || wish == .same else { return }
        var comparison = Comparison()
        for (refusedFirst, fence) in [(false, 0), (true, 0), (false, 7)] as [(Bool, UInt64)] where nodes < 5 || !refusedFirst && fence == 0
        {
            guard let (bench, held) = granted(nodes: nodes, refusedFirst: refusedFirst, fence: fence) else { continue }
            var next = bench
            let sent = next.handle(.extensionRequested(ttl: wish.ttl), at: Self.begun)
            comparison.expect(
                sent, [.send(.extend(token: .a, ttl: wish.ttl, fence: fence), to: .all(nodes), round: next.round)], after: "the request")
            walk(next, ReferenceRound(nodes: nodes), held: held, fence: fence, wish, &comparison)
        }
        #expect(comparison.differences.isEmpty)
        for end in ["extended", "refused", "unreachable", "too late"] { #expect(comparison.seen[end, default: 0] > 0, "never saw \(end)") }
    }

    /// A lease granted at 1 ms by just a quorum, with or without one refusal before, and who may hold its key.
    private func granted(nodes: Int, refusedFirst: Bool, fence: UInt64) -> (Bench, NodeSet)? {
        var bench = Bench(.usual(nodes: nodes, fencing: fence > 0))
        bench.start()
        var held = NodeSet.all(nodes)
        if refusedFirst {
            guard bench.machine.terms.quorum.spare > 0 else { return nil }
            bench.vote(0, .refused, at: .ms(1))
            held.remove(NodeID(0))
        }
        for node in held.prefix(bench.machine.terms.quorum.needed) { bench.vote(node.index, .granted(fence: fence), at: .ms(1)) }
        return (bench, held)
    }

    private func walk(
        _ bench: Bench, _ reference: ReferenceRound, held: NodeSet, fence: UInt64, _ wish: Wish, _ comparison: inout Comparison
    ) {
        var timedOut = bench
        comparison.expect(bench.machine.wakeAt == Self.deadline, "wakes at \(bench.machine.wakeAt as Any) after \(reference.replies)")
        let atDeadline = timedOut.wake(at: Self.deadline)
        let story = Story(reference: reference, held: held, fence: fence, wish: wish)
        story.check(timedOut, atDeadline, verdict: reference.verdict(overdue: true), at: Self.deadline, &comparison)
        var released = bench
        let given = released.handle(.releaseRequested, at: Self.begun + Nanoseconds(1))
        comparison.expect(
            given,
            [
                .extensionFailed(.notHeld, requested: true),
                .release(token: .a, fence: fence, to: held.union(reference.mayHold), until: .ms(0)),
            ],
            after: "release while extending, \(reference.replies)")

        for node in 0..<reference.nodes where !reference.replies.contains(where: { $0.node == node }) {
            for fate in Fate.plain {
                let after = reference.adding(node, fate)
                let early = Self.begun + .milliseconds(Int64(after.replies.count))
                for now in fate == .granted(0) ? [early, Self.oldEnd - Nanoseconds(1), Self.oldEnd] : [early] {
                    var next = bench
                    let effects = next.handle(fate.event(of: node, in: bench.round), at: now)
                    let told = Story(reference: after, held: held, fence: fence, wish: wish)
                    if now >= Self.oldEnd {
                        // Whatever the vote says: the lease was over before it came.
                        told.checkLost(next, effects, before: reference, &comparison)
                    } else {
                        let verdict = after.verdict()
                        told.check(next, effects, verdict: verdict, at: now, &comparison)
                        if verdict == .pending, now == early { walk(next, after, held: held, fence: fence, wish, &comparison) }
                    }
                }
            }
        }
    }

    private struct Story {
        let reference: ReferenceRound
        let held: NodeSet
        let fence: UInt64
        let wish: Wish

        func check(
            _ bench: Bench, _ effects: [LeaseEffect], verdict: ReferenceRound.Verdict, at now: Instant, _ comparison: inout Comparison
        ) {
            var expected: [LeaseEffect] = []
            var validUntil = ExtendExhaustiveTests.oldEnd
            switch verdict {
            case .pending: break
            case .won:
                comparison.saw("extended")
                expected = [.extended(requested: true)]
                validUntil = wish.validUntil
            case .contended:
                comparison.saw("refused")
                expected = [.extensionFailed(.refused, requested: true)]
            case .unreachable:
                comparison.saw("unreachable")
                expected = [.extensionFailed(.unreachable, requested: true)]
            }
            comparison.expect(effects, expected, after: "\(reference.replies) at \(now.text)")
            comparison.expect(bench.machine.holding?.validUntil == validUntil, "validity after \(reference.replies) at \(now.text)")
            comparison.expect(bench.machine.isExtending == (verdict == .pending), "extending after \(reference.replies)")
            guard verdict != .pending else { return }
            var released = bench
            let given = released.handle(.releaseRequested, at: now)
            comparison.expect(given, [release(after: reference)], after: "release after \(reference.replies)")
        }

        func checkLost(_ bench: Bench, _ effects: [LeaseEffect], before: ReferenceRound, _ comparison: inout Comparison) {
            comparison.saw("too late")
            comparison.expect(
                effects, [.extensionFailed(.notHeld, requested: true), .mustStop, release(after: before), .lost],
                after: "late \(reference.replies)")
            comparison.expect(bench.machine.state == .ended(.lost), "not lost after late \(reference.replies)")
        }

        private func release(after round: ReferenceRound) -> LeaseEffect {
            .release(token: .a, fence: fence, to: held.union(round.mayHold), until: .distantFuture)
        }
    }
}
