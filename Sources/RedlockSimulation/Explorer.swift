import RedlockCore

/// Tries everything that can happen in a small scope, to the very `LeaseMachine` that ships. States that were seen before
/// are not gone into again; they are told apart by 64 bits of hash, which makes a missed state very unlikely and not
/// impossible.
package struct Explorer {
    package struct Outcome: Hashable, Sendable {
        package var scope: ExplorerScope
        package var states = 0
        package var transitions = 0
        package var grants = 0
        /// Stopped at the limit before everything was tried.
        package var isComplete = true
        /// What was violated, and the steps that led to it.
        package var violation: String?
        package var steps: [String] = []
    }

    static let key = LockKey("r")

    private let scope: ExplorerScope
    private let limit: Int
    private let terms: LeaseTerms
    private var seen: Set<UInt64> = []
    private var path: [String] = []
    private var outcome: Outcome

    /// - Parameter limit: how many states at most.
    package init(_ scope: ExplorerScope, limit: Int = 30_000_000) {
        self.scope = scope
        self.limit = limit
        let tick = Nanoseconds.seconds(1)
        let drift = DriftBound(partsPerMillion: 0, constant: scope.mutant == .noDrift ? .zero : tick * Int64(scope.drift))
        terms = LeaseTerms(
            quorum: Quorum(nodes: scope.nodes), ttl: tick * Int64(scope.ttl), drift: drift, attemptTimeout: tick * Int64(scope.ttl),
            fencing: scope.fencing)
        outcome = Outcome(scope: scope)
    }

    package mutating func run() -> Outcome {
        visit(ExplorerState(scope))
        outcome.states = seen.count
        return outcome
    }

    private mutating func visit(_ state: ExplorerState) {
        guard outcome.violation == nil, seen.insert(state.fingerprint).inserted else { return }
        guard seen.count < limit else {
            outcome.isComplete = false
            return
        }
        if state.hasTwoHolders { return fail("two clients may rely on the lock") }
        deliveries(state)
        for client in state.clients.indices { choices(state, client) }
        crashes(state)
        if state.tick < scope.horizon { go(state, "tick \(state.tick + 1)") { next, explorer in explorer.tick(&next) } }
    }

    /// A tick passes. Who must wake does: to be woken later only means that a release is sent later, and any message may
    /// be late anyway. Except under the mutants that do not look at the clock.
    private mutating func tick(_ state: inout ExplorerState) {
        state.tick += 1
        guard !scope.usesStaleInstants else { return }
        for index in state.clients.indices {
            if let wakeAt = state.clients[index].machine?.wakeAt, wakeAt <= ExplorerState.instant(state.tick) {
                step(index, .woke(fresh: LockToken(high: 0, low: 0)), &state)
            }
        }
    }

    private mutating func fail(_ violation: String) {
        guard outcome.violation == nil else { return }
        outcome.violation = violation
        outcome.steps = path
    }

    /// One step: changes a copy of the state and goes on from there.
    private mutating func go(
        _ state: ExplorerState, _ label: @autoclosure () -> String, _ change: (inout ExplorerState, inout Explorer) -> Void
    ) {
        guard outcome.violation == nil else { return }
        outcome.transitions += 1
        var next = state
        path.append(label())
        change(&next, &self)
        next.normalize(scope)
        visit(next)
        path.removeLast()
    }

    // MARK: What can happen

    private mutating func deliveries(_ state: ExplorerState) {
        for index in state.messages.indices where index == 0 || state.messages[index] != state.messages[index - 1] {
            let message = state.messages[index]
            if scope.inOrder, !message.isAnswer, state.messages.contains(where: { $0.isAhead(of: message) }) { continue }
            go(state, "\(message.isAnswer ? "client \(message.client) hears" : "node \(message.node) executes") \(message.text)") {
                next, explorer in
                next.messages.remove(at: index)
                if message.isAnswer { explorer.hear(message, &next) } else { explorer.execute(message, &next) }
            }
        }
    }

    private mutating func choices(_ state: ExplorerState, _ index: Int) {
        let client = state.clients[index]
        guard let machine = client.machine else {
            guard client.attemptsLeft > 0 else { return }
            return go(state, "client \(index) asks") { next, explorer in explorer.begin(index, &next) }
        }
        if let wakeAt = machine.wakeAt, wakeAt <= ExplorerState.instant(state.tick) {
            go(state, "client \(index) wakes") { next, explorer in explorer.step(index, .woke(fresh: LockToken(high: 0, low: 0)), &next) }
        }
        guard machine.holding != nil else { return }
        if client.extensionsLeft > 0, !machine.isExtending {
            let ttl = Nanoseconds.seconds(Int64(scope.extensionTTL))
            go(state, "client \(index) extends") { next, explorer in
                next.clients[index].extensionsLeft -= 1
                explorer.step(index, .extensionRequested(ttl: ttl), &next)
            }
        }
        if scope.releases {
            go(state, "client \(index) releases") { next, explorer in explorer.step(index, .releaseRequested, &next) }
        }
    }

    private mutating func crashes(_ state: ExplorerState) {
        guard state.crashesLeft > 0 else { return }
        for node in state.nodes.indices {
            go(state, "node \(node) restarts and has forgotten all") { next, explorer in
                next.crashesLeft -= 1
                let wall = next.wall(of: node, explorer.scope)
                next.nodes[node].restart(at: wall, with: nil)
            }
        }
    }

    // MARK: Doing it

    private func token(_ client: Int, _ state: ExplorerState) -> LockToken {
        let attempt = scope.mutant == .tokenReused ? 0 : state.clients[client].attemptsLeft
        return LockToken(high: 0, low: UInt64(10 * (client + 1) + attempt))
    }

    private mutating func begin(_ client: Int, _ state: inout ExplorerState) {
        state.clients[client].attemptsLeft -= 1
        let rounds = UInt32(10 * state.clients[client].attemptsLeft)
        state.clients[client].machine = LeaseMachine(terms: terms, firstRound: RoundID(rounds))
        step(client, .started(token: token(client, state), seed: 0), &state)
    }

    private mutating func step(_ client: Int, _ event: LeaseEvent, _ state: inout ExplorerState) {
        guard var machine = state.clients[client].machine else { return }
        let now = ExplorerState.instant(state.tick)
        let before = machine.holding
        var instant = now
        if case .voted = event, let mutant = scope.mutant {
            let isStale = mutant == (machine.holding == nil ? .staleNowWhileVoting : .staleNowWhileExtending)
            if isStale { instant = ExplorerState.instant(state.clients[client].sentAt) }
        }
        var effects: [LeaseEffect] = []
        machine.handle(event, at: instant, into: &effects)
        state.clients[client].machine = machine
        for effect in effects { perform(effect, of: client, before: before, now: now, &state) }
    }

    private mutating func perform(
        _ effect: LeaseEffect, of client: Int, before: LeaseMachine.Holding?, now: Instant, _ state: inout ExplorerState
    ) {
        switch effect {
        case .send(let request, let nodes, let round):
            state.clients[client].sentAt = state.tick
            if scope.mutant == .singlePhaseFencing, case .raise = request {
                for node in nodes { step(client, .voted(node, .granted(), round), &state) }
                return
            }
            for node in nodes { state.send(.init(request, client: client, node: node, round: round)) }
        case .release(let token, let fence, let nodes, _):
            for node in nodes {
                state.send(.init(kind: .release, client: UInt8(client), node: UInt8(node.index), round: 0, token: token.low, fence: fence))
            }
        case .granted:
            outcome.grants += 1
            guard let holding = state.clients[client].machine?.holding else { return }
            if scope.mutant == nil, now >= holding.validUntil { fail("granted after the end of validity") }
            guard scope.fencing else { return }
            if holding.fence <= state.highestFence { fail("fencing token \(holding.fence) after \(state.highestFence)") }
            state.highestFence = max(state.highestFence, holding.fence)
        case .extended:
            if let before, now >= before.validUntil { fail("an extension was accepted after the old validity") }
        case .failed, .extensionFailed, .mustStop, .lost:
            break
        }
    }

    private mutating func hear(_ message: ExplorerState.Message, _ state: inout ExplorerState) {
        let vote: Vote =
            switch message.kind {
            case .granted: .granted(fence: message.fence)
            case .refused: .refused
            default: .failed
            }
        step(Int(message.client), .voted(NodeID(Int(message.node)), vote, RoundID(message.round)), &state)
    }

    private mutating func execute(_ message: ExplorerState.Message, _ state: inout ExplorerState) {
        let node = Int(message.node)
        let wall = state.wall(of: node, scope)
        let reply = Mutant.execute(message.command(scope), under: scope.mutant, on: &state.nodes[node], at: wall)
        guard message.kind != .release else { return }
        var answer = message
        (answer.kind, answer.fence) =
            switch reply {
            case .ok: (.granted, 0)
            case .integer(let value) where value > 0: (.granted, message.kind == .acquire ? UInt64(value) : 0)
            default: (.refused, 0)
            }
        if answer.kind == .granted, !counts(message.kind, state.nodes[node], at: wall) { (answer.kind, answer.fence) = (.failed, 0) }
        // Hearing a refusal at once loses nothing: whoever hears too many could not have won any more.
        if scope.hearsAtOnce || answer.kind != .granted { hear(answer, &state) } else { state.send(answer) }
    }

    private func counts(_ kind: ExplorerState.Message.Kind, _ node: SimulatedNode, at wall: Instant) -> Bool {
        switch (scope.mutant, kind) {
        case (.noQuarantine, _), (.extendNotQuarantined, .extend), (.raiseNotQuarantined, .raise): return true
        default: break
        }
        // A node may have been up less long than it says, and so the client takes it for younger than it says. What the
        // quarantine is worth shows when the node says too much, so here it always does.
        let said = (wall - node.startedAt).count / 1_000_000_000 + Int64(scope.overReport)
        let believed = said - (scope.mutant == .quarantineShortByASecond ? 0 : Int64(scope.overReport))
        return believed >= Int64(scope.quarantine)
    }
}
