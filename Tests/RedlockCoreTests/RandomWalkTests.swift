import RedlockCore
import Testing

/// Long stories of arbitrary events, most of which no sane network would tell, watched by a `Ledger` from outside.
struct RandomWalkTests {
    private static let walks: UInt64 = 2000
    private static let steps = 60

    @Test("Nothing that can happen breaks a promise", arguments: 0..<8)
    func walks(part: UInt64) {
        var grants = 0, raises = 0, extensions = 0, losses = 0, retries = 0, expiries = 0, failures = 0
        for seed in stride(from: part, to: Self.walks, by: 8) {
            var walk = Walk(seed: seed)
            for _ in 0..<Self.steps where walk.ledger.complaints.isEmpty { walk.step() }
            walk.finish()
            if !walk.ledger.complaints.isEmpty {
                Issue.record("seed \(seed): \(walk.ledger.complaints)\n\(walk.story.suffix(30).joined(separator: "\n"))")
                return
            }
            grants += walk.ledger.grants
            raises += walk.ledger.raises
            extensions += walk.ledger.extensions
            losses += walk.ledger.losses
            retries += walk.ledger.retries
            expiries += walk.ledger.expiries
            failures += walk.ledger.failures
        }
        // A walk that never gets anywhere proves nothing.
        let seen =
            "grants \(grants), raises \(raises), extensions \(extensions), losses \(losses), retries \(retries), expiries \(expiries)"
        #expect(grants > 40 && raises > 10 && extensions > 30 && losses > 15 && retries > 40 && expiries > 0 && failures > 40, "\(seen)")
    }
}

/// One story. Everything in it follows from the seed.
private struct Walk {
    let ledger: Ledger
    private(set) var story: [String] = []
    private var bench: Bench
    private var now = Instant.ms(1_000_000)
    private var random: Jitter
    private var tokens: UInt64 = 0
    private let friendliness: Int

    init(seed: UInt64) {
        var random = Jitter(seed: seed)
        func pick<T>(_ choices: [T]) -> T { choices[Int(random.next() % UInt64(choices.count))] }
        let ttl = pick([Nanoseconds.milliseconds(30), .milliseconds(500), .seconds(10)])
        let terms = LeaseTerms.usual(
            nodes: pick([1, 2, 3, 3, 4, 5, 5, 7]), ttl: ttl, timeout: pick([ttl / 20, ttl / 4, ttl / 2, ttl * 2]),
            giveUpAt: pick([nil, .ms(1_000_000) + ttl, .ms(1_000_000) + ttl * 5]),
            retry: RetrySchedule(base: pick([.zero, ttl / 100, ttl / 10]), cap: ttl / 2),
            margin: pick([.zero, ttl / 10, ttl / 3, ttl * 2]),
            auto: pick([nil, AutoExtension(), AutoExtension(maximumHold: ttl * 3)]), fencing: pick([false, true]))
        friendliness = pick([10, 50, 80, 95, 99])
        bench = Bench(terms)
        ledger = Ledger(terms: terms)
        self.random = random
        if random.next() % 20 != 0 { handle(.started(token: fresh(), seed: seed)) }
    }

    private mutating func below(_ bound: Int) -> Int { Int(random.next() % UInt64(bound)) }

    private mutating func fresh() -> LockToken {
        tokens += 1
        return LockToken(high: 1, low: tokens)
    }

    private mutating func handle(_ event: LeaseEvent) {
        ledger.note(event, whileIdle: bench.machine.state == .idle)
        let effects = bench.handle(event, at: now)
        ledger.check(effects, bench.machine, at: now)
        story.append("at \(now.text) \(event) -> \(effects.map(\.text)) = \(bench.machine.text)")
    }

    mutating func step() {
        let ttl = ledger.terms.ttl
        switch below(100) {
        case 0..<54: now = now + ttl / 400 * Int64(below(10))
        case 54..<60: if let wakeAt = bench.machine.wakeAt { now = max(now, wakeAt) }
        case 60..<63: if let wakeAt = bench.machine.wakeAt { now = max(now, wakeAt - Nanoseconds(1)) }
        case 63..<66: if let holding = bench.machine.holding { now = max(now, holding.validUntil - Nanoseconds(Int64(below(2)))) }
        case 66..<70: now = now + ttl / 10 * Int64(below(5))
        case 70: now = now + ttl / 4 * Int64(below(8))
        default: break
        }
        handle(event())
    }

    private mutating func event() -> LeaseEvent {
        switch below(200) {
        case 0..<140: .voted(node(), vote(), bench.round)
        case 140..<148: .voted(node(), vote(), RoundID(bench.round.number &- UInt32(below(4))))
        case 148..<150: .voted(node(), vote(), RoundID(UInt32(truncatingIfNeeded: random.next())))
        case 150..<158: .unsent(NodeSet(bits: UInt32(truncatingIfNeeded: random.next() & random.next())), bench.round)
        case 158..<182: .woke(fresh: fresh())
        case 182..<192: .extensionRequested(ttl: ledger.terms.ttl / 4 * Int64(below(9)))
        case 192..<193: .releaseRequested
        case 193..<194: .cancelled
        case 194..<196: .started(token: fresh(), seed: random.next())
        default: .woke(fresh: fresh())
        }
    }

    /// Usually one of the nodes; sometimes one that does not exist.
    private mutating func node() -> NodeID {
        below(30) == 0 ? NodeID(below(40)) : NodeID(below(ledger.terms.quorum.nodes))
    }

    private mutating func vote() -> Vote {
        if below(100) < friendliness { return .granted(fence: [7, 7, 7, 7, 9, 3, 0][below(7)]) }
        return [.refused, .failed, .unknown][below(3)]
    }

    /// Left alone, every machine comes to an end by being woken when it asks to be, and it never asks twice in vain.
    mutating func finish() {
        if bench.machine.state == .idle { handle(.started(token: fresh(), seed: 1)) }
        if below(2) == 0 { handle(below(2) == 0 ? .releaseRequested : .cancelled) }
        var wakes = 0
        var inVain = 0
        while let wakeAt = bench.machine.wakeAt, wakes < 3000, inVain < 3 {
            let before = bench.machine
            now = max(now, wakeAt)
            handle(.woke(fresh: fresh()))
            wakes += 1
            inVain = bench.machine == before ? inVain + 1 : 0
        }
        ledger.close()
    }
}
