import RedlockCore
import Testing

/// The two phases of a fenced acquire (PROTOCOL section 7) against the reference.
///
/// All orders and outcomes for one to three nodes. For four and five the nodes answer in the order of their index,
/// which loses nothing the first three do not cover: no rule looks at an index.
struct FencedAcquireExhaustiveTests {
    private static let validUntil = Instant.ms(9898)
    private static let deadline = Instant.ms(1000)

    @Test("Every outcome of both phases decides as the specification says", arguments: 1...5)
    func bothPhases(nodes: Int) {
        var bench = Bench(.usual(nodes: nodes, fencing: true))
        bench.start()
        var comparison = Comparison()
        walk(bench, ReferenceRound(nodes: nodes, fenced: true), &comparison)
        #expect(comparison.differences.isEmpty)
        var ends = ["granted at once", "not granted"]
        if nodes > 1 { ends += ["raised", "granted after raise", "raise failed", "raise too late"] }
        for end in ends { #expect(comparison.seen[end, default: 0] > 0, "never saw \(end)") }
    }

    private func walk(_ bench: Bench, _ reference: ReferenceRound, _ comparison: inout Comparison) {
        let silent = (0..<reference.nodes).filter { node in !reference.replies.contains { $0.node == node } }
        for node in reference.nodes <= 3 ? silent : Array(silent.prefix(1)) {
            for fate in reference.nodes <= 3 ? Fate.fenced : [.granted(5), .granted(7), .refused, .unknown, .unsent] {
                let after = reference.adding(node, fate)
                var next = bench
                let effects = next.handle(fate.event(of: node, in: bench.round), at: .ms(10))
                switch after.verdict() {
                case .pending:
                    comparison.expect(effects, [], after: "\(after.replies)")
                    walk(next, after, &comparison)
                case .won where after.fenceHolders.count >= after.majority:
                    comparison.saw("granted at once")
                    comparison.expect(effects, [.granted], after: "\(after.replies)")
                    comparison.expect(next.machine.holding?.fence == after.fence, "fence after \(after.replies)")
                case .won:
                    comparison.saw("raised")
                    checkRaise(next, effects, after, &comparison)
                case .contended, .unreachable:
                    comparison.saw("not granted")
                    comparison.expect(
                        effects.releases == takenBack(after) && next.machine.isEnded, "\(after.replies) gave \(effects.map(\.text))")
                }
            }
        }
    }

    private func takenBack(_ reference: ReferenceRound) -> [LockToken: NodeSet] {
        reference.mayHold.isEmpty ? [:] : [.a: reference.mayHold]
    }

    /// RAISE goes to everyone who may hold the key and has not stored the token yet, and to nobody who refused.
    private func checkRaise(_ bench: Bench, _ effects: [LeaseEffect], _ first: ReferenceRound, _ comparison: inout Comparison) {
        guard effects.count == 1, case .send(let request, let to, _)? = effects.first else {
            return comparison.expect(false, "\(first.replies) gave \(effects.map(\.text))")
        }
        comparison.expect(request == .raise(token: .a, fence: first.fence), "\(first.replies) gave \(effects.map(\.text))")
        let holders = NodeSet(first.fenceHolders.map { NodeID($0) })
        let failed = NodeSet(first.replies.filter { $0.fate == .failed || $0.fate == .granted(0) }.map { NodeID($0.node) })
        let useful = first.mayHold.subtracting(holders)
        comparison.expect(
            useful.subtracting(failed).isSubset(of: to) && to.isSubset(of: useful), "raise to \(to.text) after \(first.replies)")

        // In the second phase the holders have answered already. Who is not asked stays with what it said in the first.
        var second = ReferenceRound(nodes: first.nodes)
        for reply in first.replies where !to.contains(NodeID(reply.node)) {
            let useless = reply.fate == .granted(0)
            second = second.adding(reply.node, useless ? .failed : reply.fate)
        }
        walkRaise(bench, first, second, &comparison)
    }

    private func walkRaise(_ bench: Bench, _ first: ReferenceRound, _ second: ReferenceRound, _ comparison: inout Comparison) {
        var timedOut = bench
        let reason: AcquireFailure = second.verdict(overdue: true) == .contended ? .contended : .unreachable
        checkFailed(timedOut.wake(at: Self.deadline), first, because: reason, &comparison)
        let silent = (0..<second.nodes).filter { node in !second.replies.contains { $0.node == node } }
        for node in second.nodes <= 3 ? silent : Array(silent.prefix(1)) {
            for fate in Fate.plain {
                let after = second.adding(node, fate)
                for now in fate == .granted(0) ? [.ms(20), Self.validUntil - Nanoseconds(1), Self.validUntil] : [Instant.ms(20)] {
                    var next = bench
                    let effects = next.handle(fate.event(of: node, in: bench.round), at: now)
                    switch after.verdict() {
                    case .pending:
                        comparison.expect(effects, [], after: "\(first.replies), raise \(after.replies)")
                        if now < Self.deadline { walkRaise(next, first, after, &comparison) }
                    case .won where now < Self.validUntil:
                        comparison.saw("granted after raise")
                        comparison.expect(effects, [.granted], after: "\(first.replies), raise \(after.replies)")
                        comparison.expect(
                            next.machine.holding?.fence == first.fence && next.machine.holding?.validUntil == Self.validUntil,
                            "fence and validity after \(first.replies)")
                    case .won:
                        comparison.saw("raise too late")
                        checkFailed(effects, first, because: .expired, &comparison)
                    case .contended:
                        comparison.saw("raise failed")
                        checkFailed(effects, first, because: .contended, &comparison)
                    case .unreachable:
                        comparison.saw("raise failed")
                        checkFailed(effects, first, because: .unreachable, &comparison)
                    }
                }
            }
        }
    }

    private func checkFailed(
        _ effects: [LeaseEffect], _ first: ReferenceRound, because reason: AcquireFailure, _ comparison: inout Comparison
    ) {
        let takeBack: [LeaseEffect] = [.release(token: .a, fence: 0, to: first.mayHold, until: .distantFuture)]
        comparison.expect(effects, takeBack + [.failed(reason)], after: "\(first.replies), raised")
    }
}
