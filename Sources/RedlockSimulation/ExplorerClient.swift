import RedlockCore

/// One client of an exploration: the machine that ships, and what it may still do.
struct ExplorerClient {
    /// Nil before the first attempt and after the end of each.
    var machine: LeaseMachine?
    var attemptsLeft: Int
    var extensionsLeft: Int
    /// When the round under way was sent, for the mutants that do not read the clock again.
    var sentAt = 0

    /// What tells clients apart. Not the tallies of past rounds nor the jitter, which change nothing any more.
    struct Identity: Hashable {
        let state: LeaseMachine.State?
        let nextRound: RoundID?
        let attemptsLeft: Int
        let extensionsLeft: Int
        let sentAt: Int
    }

    var identity: Identity {
        .init(
            state: machine?.state, nextRound: machine?.nextRound, attemptsLeft: attemptsLeft, extensionsLeft: extensionsLeft, sentAt: sentAt
        )
    }

    /// What can happen to it. Nodes and rounds, and no client: all clients are alike.
    enum Action: Hashable {
        case asks(hint: UInt64)
        case wakes
        case extends
        case releases
        case hears(Vote, node: Int, round: UInt32)
    }

    /// What came of an action.
    struct Step {
        /// The number of the client as it is afterwards.
        var next = 0
        /// What it sent, as if by client 0.
        var sent: [ExplorerMessage] = []
        /// The same by the number of the message, for each client that may have sent it.
        var numbers: [[UInt32]] = []
        /// The fencing tokens it was granted, 0 without fencing.
        var grants: [UInt64] = []
        var violation: String?
    }
}

extension ExplorerClient {
    /// Does it, with the machine that ships.
    mutating func take(_ action: Action, at tick: Int, _ scope: ExplorerScope, _ terms: LeaseTerms) -> Step {
        var step = Step()
        switch action {
        case .asks(let hint):
            attemptsLeft -= 1
            machine = LeaseMachine(terms: terms, firstRound: RoundID(UInt32(10 * attemptsLeft)))
            let token = LockToken(high: 0, low: scope.mutant == .tokenReused ? 0 : UInt64(attemptsLeft))
            handle(.started(token: token, seed: 0), at: tick, scope, hint: hint, &step)
        case .wakes:
            handle(.woke(fresh: LockToken(high: 0, low: 0)), at: tick, scope, &step)
        case .extends:
            extensionsLeft -= 1
            handle(.extensionRequested(ttl: .seconds(Int64(scope.extensionTTL))), at: tick, scope, &step)
        case .releases:
            handle(.releaseRequested, at: tick, scope, &step)
        case .hears(let vote, let node, let round):
            handle(.voted(NodeID(node), vote, RoundID(round)), at: tick, scope, &step)
        }
        if machine?.isEnded == true { machine = nil }
        if machine == nil || !scope.usesStaleInstants { sentAt = 0 }
        return step
    }

    private mutating func handle(_ event: LeaseEvent, at tick: Int, _ scope: ExplorerScope, hint: UInt64 = 0, _ step: inout Step) {
        guard var machine else { return }
        let now = Explorer.instant(tick)
        let before = machine.holding
        var instant = now
        if case .voted = event, let mutant = scope.mutant {
            let isStale = mutant == (machine.holding == nil ? .staleNowWhileVoting : .staleNowWhileExtending)
            if isStale { instant = Explorer.instant(sentAt) }
        }
        var effects: [LeaseEffect] = []
        machine.handle(event, at: instant, into: &effects)
        self.machine = machine
        for effect in effects {
            switch effect {
            case .send(let request, let nodes, let round):
                sentAt = tick
                if scope.mutant == .singlePhaseFencing, case .raise = request {
                    for node in nodes { handle(.voted(node, .granted(), round), at: tick, scope, &step) }
                } else {
                    for node in nodes { step.sent.append(.init(request, node: node, round: round, hint: hint)) }
                }
            case .release(let token, let fence, let nodes, _):
                for node in nodes { step.sent.append(.init(kind: .release, node: node.index, attempt: token.low, fence: fence)) }
            case .granted:
                guard let holding = self.machine?.holding else { continue }
                step.grants.append(holding.fence)
                if scope.mutant == nil, now >= holding.validUntil { step.violation = "granted after the end of validity" }
            case .extended:
                if let before, now >= before.validUntil { step.violation = "an extension was accepted after the old validity" }
            case .failed, .extensionFailed, .mustStop, .lost:
                break
            }
        }
    }
}

extension ExplorerMessage {
    fileprivate init(_ request: NodeRequest, node: NodeID, round: RoundID, hint: UInt64) {
        switch request {
        case .acquire(let token, _, _):
            self.init(kind: .acquire, node: node.index, round: round.number, attempt: token.low, fence: hint)
        case .raise(let token, let fence):
            self.init(kind: .raise, node: node.index, round: round.number, attempt: token.low, fence: fence)
        case .extend(let token, _, let fence):
            self.init(kind: .extend, node: node.index, round: round.number, attempt: token.low, fence: fence)
        }
    }
}

extension ExplorerClient.Action {
    /// The same if the nodes had taken each other's places.
    func permuted(_ places: [Int]) -> Self {
        if case .hears(let vote, let node, let round) = self { .hears(vote, node: places[node], round: round) } else { self }
    }
}
