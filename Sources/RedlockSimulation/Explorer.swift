import RedlockCore

/// Tries everything that can happen in a small scope, to the very `LeaseMachine` that ships. States that were seen before
/// are not gone into again, nor are those that differ from one only in which client or which node is which; they are told
/// apart by 64 bits of hash, which makes a missed state very unlikely and not impossible.
package struct Explorer {
    package struct Outcome: Hashable, Sendable {
        package var scope: ExplorerScope
        /// States gone into, one of each kind.
        package var states = 0
        /// How many there are if one counts those apart that differ only in who is who.
        package var allStates = 0
        package var transitions = 0
        package var grants = 0
        /// Stopped at the limit before everything was tried.
        package var isComplete = true
        /// What was violated, and the steps that led to it.
        package var violation: String?
        package var steps: [String] = []
    }

    static let key = LockKey("r")

    /// A tick is a second.
    static func instant(_ tick: Int) -> Instant { Instant(nanoseconds: Int64(tick) * 1_000_000_000) }

    private enum Move {
        case tick(Int)
        case message(Int)
        case asks(Int), wakes(Int), extends(Int), releases(Int)
        case restarts(node: Int)
    }

    private let scope: ExplorerScope
    private let limit: Int
    private let progress: (Int) -> Void
    private var tables: ExplorerTables
    private var seen = StateSet()
    private var path: [Move] = []
    private var outcome: Outcome
    private let wakes: Int
    private let extends: Int
    private let releases: Int

    /// - Parameters:
    ///   - limit: how many states at most.
    ///   - progress: called now and then with how many more states there are.
    package init(_ scope: ExplorerScope, limit: Int = 100_000_000, progress: @escaping (Int) -> Void = { _ in }) {
        self.scope = scope
        self.limit = limit
        self.progress = progress
        tables = ExplorerTables(scope)
        wakes = tables.number(of: .wakes)
        extends = tables.number(of: .extends)
        releases = tables.number(of: .releases)
        outcome = Outcome(scope: scope)
    }

    package mutating func run() -> Outcome {
        visit(tables.start())
        outcome.states = seen.count
        return outcome
    }

    private mutating func visit(_ state: ExplorerState) {
        guard outcome.violation == nil else { return }
        let fingerprint = tables.fingerprint(state)
        guard seen.insert(fingerprint.bits) else { return }
        outcome.allStates += fingerprint.alike
        if seen.count & 0xFFFF == 0 { progress(0x1_0000) }
        guard seen.count < limit else {
            outcome.isComplete = false
            return
        }
        if hasTwoHolders(state) { return fail("two clients may rely on the lock") }
        deliveries(state)
        for client in 0..<scope.clients { choices(state, client) }
        if state.crashesLeft > 0 { crashes(state) }
        if state.tick < scope.horizon { go(.tick(state.tick + 1), from: state) { explorer, next in explorer.tick(&next) } }
    }

    /// A tick passes. Who must wake does: to be woken later only means that a release is sent later, and any message may
    /// be late anyway. Except under the mutants that do not look at the clock.
    private mutating func tick(_ state: inout ExplorerState) {
        state.tick += 1
        for node in 0..<scope.nodes { state.nodes[node] = tables.tick(state.nodes[node], wall: scope.wall(of: node, at: state.tick)) }
        guard !scope.usesStaleInstants else { return }
        for client in 0..<scope.clients where mustWake(client, state) { step(client, wakes, &state) }
    }

    private func mustWake(_ client: Int, _ state: ExplorerState) -> Bool {
        tables.clients[state.clients[client]].wakeAt <= Self.instant(state.tick)
    }

    /// Two clients that may rely on the lock at this very tick.
    private func hasTwoHolders(_ state: ExplorerState) -> Bool {
        let now = Self.instant(state.tick)
        var holders = 0
        for client in 0..<scope.clients where now < tables.clients[state.clients[client]].heldUntil { holders += 1 }
        return holders > 1
    }

    private mutating func fail(_ violation: String) {
        guard outcome.violation == nil else { return }
        outcome.violation = violation
        outcome.steps = path.map { text($0) }
    }

    /// One move: changes a copy of the state and goes on from there.
    private mutating func go(_ move: Move, from state: ExplorerState, _ change: (inout Explorer, inout ExplorerState) -> Void) {
        guard outcome.violation == nil else { return }
        outcome.transitions += 1
        var next = state
        path.append(move)
        change(&self, &next)
        dropWhatIsVoid(&next)
        visit(next)
        path.removeLast()
    }

    private func dropWhatIsVoid(_ state: inout ExplorerState) {
        var kept = 0
        for index in state.messages.indices {
            let message = state.messages[index]
            guard tables.matters(message, in: state) else { continue }
            state.messages[kept] = message
            kept += 1
        }
        state.messages.removeLast(state.messages.count - kept)
    }

    // MARK: What can happen

    private mutating func deliveries(_ state: ExplorerState) {
        for (index, number) in state.messages.enumerated() where !state.messages[..<index].contains(number) {
            let message = tables.messages[Int(number)].message
            if scope.inOrder, !message.isAnswer,
                state.messages.contains(where: { tables.messages[Int($0)].message.isAhead(of: message) })
            {
                continue
            }
            go(.message(Int(number)), from: state) { explorer, next in
                next.messages.remove(at: index)
                if message.isAnswer {
                    explorer.step(message.client, explorer.tables.messages[Int(number)].action, &next)
                } else {
                    explorer.execute(Int(number), message, &next)
                }
            }
        }
    }

    private mutating func choices(_ state: ExplorerState, _ index: Int) {
        let entry = tables.clients[state.clients[index]]
        if entry.client.machine == nil {
            guard entry.client.attemptsLeft > 0 else { return }
            for hint in scope.hints(at: state.tick) {
                let asks = tables.number(of: .asks(hint: hint))
                go(.asks(index), from: state) { explorer, next in explorer.step(index, asks, &next) }
            }
            return
        }
        if mustWake(index, state) {
            go(.wakes(index), from: state) { explorer, next in explorer.step(index, explorer.wakes, &next) }
        }
        guard entry.heldUntil > Instant(nanoseconds: .min) else { return }
        if entry.mayExtend {
            go(.extends(index), from: state) { explorer, next in explorer.step(index, explorer.extends, &next) }
        }
        if scope.releases {
            go(.releases(index), from: state) { explorer, next in explorer.step(index, explorer.releases, &next) }
        }
    }

    private mutating func crashes(_ state: ExplorerState) {
        for node in 0..<scope.nodes {
            go(.restarts(node: node), from: state) { explorer, next in
                next.crashesLeft -= 1
                next.nodes[node] = explorer.tables.restart(next.nodes[node], wall: explorer.scope.wall(of: node, at: next.tick))
            }
        }
    }

    // MARK: Doing it

    private mutating func step(_ client: Int, _ action: Int, _ state: inout ExplorerState) {
        let step = tables.step(state.clients[client], action, at: state.tick)
        state.clients[client] = step.next
        state.messages += step.numbers[client]
        for fence in step.grants {
            outcome.grants += 1
            guard scope.fencing else { continue }
            if fence <= state.highestFence { fail("fencing token \(fence) after \(state.highestFence)") }
            state.highestFence = max(state.highestFence, fence)
        }
        if let violation = step.violation { fail(violation) }
    }

    private mutating func execute(_ number: Int, _ message: ExplorerMessage, _ state: inout ExplorerState) {
        let wall = scope.wall(of: message.node, at: state.tick)
        let execution = tables.execution(state.nodes[message.node], number, wall: wall)
        state.nodes[message.node] = execution.node
        guard execution.answer >= 0 else { return }
        // Hearing a refusal at once loses nothing: whoever hears too many could not have won any more.
        let answer = tables.messages[execution.answer]
        if scope.hearsAtOnce || answer.message.kind != .granted {
            step(message.client, answer.action, &state)
        } else {
            state.messages.append(UInt32(execution.answer))
        }
    }

    private func text(_ move: Move) -> String {
        switch move {
        case .tick(let tick): return "tick \(tick)"
        case .message(let number):
            let message = tables.messages[number].message
            return "\(message.isAnswer ? "client \(message.client) hears" : "node \(message.node) executes") \(message.text)"
        case .asks(let client): return "client \(client) asks"
        case .wakes(let client): return "client \(client) wakes"
        case .extends(let client): return "client \(client) extends"
        case .releases(let client): return "client \(client) releases"
        case .restarts(let node): return "node \(node) restarts and has forgotten all"
        }
    }
}
