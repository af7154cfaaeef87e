import RedlockCore

/// A machine with its clock in the test's hand: every call names the millisecond at which the event is handled.
struct Bench {
    var machine: LeaseMachine
    /// The round opened last, which is the one a test usually means.
    private(set) var round = RoundID(0)

    init(_ terms: LeaseTerms) { machine = LeaseMachine(terms: terms) }

    /// Handles one event and returns what it caused.
    @discardableResult
    mutating func handle(_ event: LeaseEvent, at now: Instant) -> [LeaseEffect] {
        var effects: [LeaseEffect] = []
        machine.handle(event, at: now, into: &effects)
        for case .send(_, _, let opened) in effects { round = opened }
        return effects
    }

    @discardableResult
    mutating func start(_ token: LockToken = .a, seed: UInt64 = 1, at now: Instant = .ms(0)) -> [LeaseEffect] {
        handle(.started(token: token, seed: seed), at: now)
    }

    /// One vote in the newest round, or in the one named.
    @discardableResult
    mutating func vote(_ node: Int, _ vote: Vote = .granted(), in named: RoundID? = nil, at now: Instant) -> [LeaseEffect] {
        handle(.voted(NodeID(node), vote, named ?? round), at: now)
    }

    /// The same vote of several nodes, one after the other.
    @discardableResult
    mutating func votes(_ nodes: [Int], _ vote: Vote = .granted(), at now: Instant) -> [LeaseEffect] {
        nodes.flatMap { self.vote($0, vote, at: now) }
    }

    @discardableResult
    mutating func wake(_ fresh: LockToken = .b, at now: Instant) -> [LeaseEffect] {
        handle(.woke(fresh: fresh), at: now)
    }

    /// Handles `woke` exactly when the machine asked for it.
    @discardableResult
    mutating func wakeOnTime(_ fresh: LockToken = .b) -> [LeaseEffect] {
        machine.wakeAt.map { wake(fresh, at: $0) } ?? []
    }

    /// A lease held since 1 ms, granted by the first quorum of nodes to an attempt begun at 0.
    static func held(_ terms: LeaseTerms = .usual(), fence: UInt64 = 0) -> Bench {
        var bench = Bench(terms)
        bench.start()
        bench.votes(Array(0..<terms.quorum.needed), .granted(fence: fence), at: .ms(1))
        return bench
    }
}

extension LeaseTerms {
    /// Three nodes and ten seconds: the lease is valid for 10 s - (100 ms + 2 ms) = 9898 ms.
    static func usual(
        nodes: Int = 3, ttl: Nanoseconds = .seconds(10), timeout: Nanoseconds = .seconds(1), giveUpAt: Instant? = nil,
        retry: RetrySchedule = RetrySchedule(), margin: Nanoseconds = .zero, auto: AutoExtension? = nil, fencing: Bool = false
    ) -> LeaseTerms {
        LeaseTerms(
            quorum: Quorum(nodes: nodes), ttl: ttl, attemptTimeout: timeout, giveUpAt: giveUpAt, retry: retry, safetyMargin: margin,
            autoExtension: auto, fencing: fencing)
    }
}

extension Instant {
    static func ms(_ count: Int64) -> Instant { Instant(nanoseconds: count * 1_000_000) }
}

extension LockToken {
    static let a = LockToken(letter: "A")
    static let b = LockToken(letter: "B")
    static let c = LockToken(letter: "C")

    init(letter: Unicode.Scalar) { self.init(high: 0, low: UInt64(letter.value)) }
}

func nodes(_ indices: Int...) -> NodeSet { NodeSet(indices.map { NodeID($0) }) }

extension [LeaseEffect] {
    /// The releases among the effects: of which token, and to whom.
    var releases: [LockToken: NodeSet] {
        reduce(into: [:]) { found, effect in
            if case .release(let token, _, let to, _) = effect { found[token, default: .empty] = found[token, default: .empty].union(to) }
        }
    }

    /// The requests among the effects.
    var requests: [NodeRequest] {
        compactMap { if case .send(let request, _, _) = $0 { request } else { nil } }
    }
}
