import RedlockCore

/// Every client, node and message that came up in an exploration, by number, and what came of every step.
///
/// The machine is a pure function, and so is the node: what the same client makes of the same event at the same tick is
/// worked out once, by the code that ships, and looked up from then on.
struct ExplorerTables {
    let scope: ExplorerScope
    let symmetry: ExplorerSymmetry
    private let terms: LeaseTerms

    // MARK: Clients

    struct ClientEntry {
        let client: ExplorerClient
        /// The round whose answers still matter to it.
        let openRound: UInt32?
        let wakeAt: Instant
        let heldUntil: Instant
        let mayExtend: Bool
        /// The step that led to it; nil for the beginning.
        let origin: (client: Int, action: Int, tick: Int)?
    }

    private(set) var clients: [ClientEntry] = []
    private var clientNumbers: [ExplorerClient.Identity: Int] = [:]
    private var actions: [ExplorerClient.Action] = []
    private var actionNumbers: [ExplorerClient.Action: Int] = [:]
    private var steps: [ExplorerClient.Step] = []
    private var stepNumbers = NumberTable()
    /// By client and permutation of the nodes: the client with the nodes in other places, plus 1; 0 if not asked for yet.
    private var permutedClients: [UInt32] = []

    // MARK: Nodes

    private struct NodeIdentity: Hashable {
        let holder: NodeValue?
        let expiresAt: Int64?
        let fence: NodeValue?
        let startedAt: Instant
    }

    struct Execution {
        let node: Int
        let answer: Int
    }

    private(set) var nodes: [SimulatedNode] = []
    private var nodeNumbers: [NodeIdentity: Int] = [:]
    private var executions: [Execution] = []
    private var executionNumbers = NumberTable()

    // MARK: Messages

    struct MessageEntry {
        let message: ExplorerMessage
        /// What hearing it is, if it is an answer.
        let action: Int
    }

    private(set) var messages: [MessageEntry] = []
    private var messageNumbers: [ExplorerMessage: Int] = [:]

    // MARK: Hashes: of every client, node and message in every permutation

    private var clientHashes: [UInt64] = []
    private var nodeHashes: [UInt64] = []
    private var messageHashes: [UInt64] = []
    private var sums: [UInt64]

    init(_ scope: ExplorerScope) {
        self.scope = scope
        symmetry = ExplorerSymmetry(scope)
        sums = Array(repeating: 0, count: symmetry.count)
        let drift = DriftBound(partsPerMillion: 0, constant: scope.mutant == .noDrift ? .zero : .seconds(Int64(scope.drift)))
        let ttl = Nanoseconds.seconds(Int64(scope.ttl))
        terms = LeaseTerms(quorum: Quorum(nodes: scope.nodes), ttl: ttl, drift: drift, attemptTimeout: ttl, fencing: scope.fencing)
    }

    /// How all begins.
    mutating func start() -> ExplorerState {
        var state = ExplorerState(crashesLeft: scope.crashes)
        let client = number(of: ExplorerClient(attemptsLeft: scope.attempts, extensionsLeft: scope.extensions), from: nil)
        // Up for ever, as far as any quarantine is concerned.
        var node = SimulatedNode(startedAt: Explorer.instant(-1_000_000))
        // Exactly at its mark if nothing is early.
        node.expiresEarlyBy = Int64(scope.early) * 1_000 + 1
        for index in 0..<scope.clients { state.clients[index] = client }
        for index in 0..<scope.nodes { state.nodes[index] = number(of: node) }
        return state
    }
}

// MARK: - Steps

extension ExplorerTables {
    mutating func number(of action: ExplorerClient.Action) -> Int {
        if let number = actionNumbers[action] { return number }
        actionNumbers[action] = actions.count
        actions.append(action)
        return actions.count - 1
    }

    /// What client `number` makes of an action.
    mutating func step(_ number: Int, _ action: Int, at tick: Int) -> ExplorerClient.Step { steps[stepNumber(number, action, at: tick)] }

    private mutating func stepNumber(_ number: Int, _ action: Int, at tick: Int) -> Int {
        let key = UInt64(number) << 32 | UInt64(tick) << 24 | UInt64(action)
        if let known = stepNumbers[key] { return known }
        var client = clients[number].client
        var step = client.take(actions[action], at: tick, scope, terms)
        step.next = self.number(of: client, from: (number, action, tick))
        step.numbers = (0..<scope.clients).map { index in
            step.sent.map { message in
                var message = message
                message.client = index
                return UInt32(self.number(of: message))
            }
        }
        steps.append(step)
        stepNumbers[key] = steps.count - 1
        return steps.count - 1
    }

    private mutating func number(of client: ExplorerClient, from origin: (client: Int, action: Int, tick: Int)?) -> Int {
        if let number = clientNumbers[client.identity] { return number }
        let number = clients.count
        clientNumbers[client.identity] = number
        let machine = client.machine
        let rounds = machine.map { UInt32(10 * client.attemptsLeft)..<$0.nextRound.number } ?? 0..<0
        clients.append(
            ClientEntry(
                client: client, openRound: rounds.first { machine?.isOpen(RoundID($0)) == true }, wakeAt: machine?.wakeAt ?? .distantFuture,
                heldUntil: machine?.holding?.validUntil ?? Instant(nanoseconds: .min),
                mayExtend: machine?.holding != nil && machine?.isExtending == false && client.extensionsLeft > 0, origin: origin))
        permutedClients += Array(repeating: 0, count: symmetry.nodes.count)
        clientHashes += Array(repeating: 0, count: symmetry.nodes.count)
        return number
    }

    /// The same client if the nodes had taken other places: what it went through is gone through again, with them there.
    private mutating func permuted(_ number: Int, _ permutation: Int) -> Int {
        let index = number * symmetry.nodes.count + permutation
        if permutedClients[index] > 0 { return Int(permutedClients[index]) - 1 }
        var result = number
        if let origin = clients[number].origin {
            let action = self.number(of: actions[origin.action].permuted(symmetry.nodes[permutation]))
            result = steps[stepNumber(permuted(origin.client, permutation), action, at: origin.tick)].next
        }
        permutedClients[index] = UInt32(result + 1)
        return result
    }
}

// MARK: - Nodes and messages

extension ExplorerTables {
    mutating func number(of message: ExplorerMessage) -> Int {
        if let number = messageNumbers[message] { return number }
        let number = messages.count
        messageNumbers[message] = number
        messages.append(MessageEntry(message: message, action: action(of: message)))
        for clients in symmetry.clients {
            for nodes in symmetry.nodes {
                let kind = UInt64(message.kind.rawValue)
                let places = UInt64(clients[message.client]) << 4 | UInt64(nodes[message.node])
                let code = kind << 8 | places | UInt64(message.round) << 16 | message.attempt << 48
                messageHashes.append(ExplorerSymmetry.spread(ExplorerSymmetry.spread(code) ^ message.fence))
            }
        }
        return number
    }

    private mutating func action(of message: ExplorerMessage) -> Int {
        let vote: Vote
        switch message.kind {
        case .granted: vote = .granted(fence: message.fence)
        case .refused: vote = .refused
        case .failed: vote = .failed
        default: return -1
        }
        return number(of: .hears(vote, node: message.node, round: message.round))
    }

    mutating func number(of node: SimulatedNode) -> Int {
        let lock = node[.lock(Explorer.key)]
        let fence = node[.fence(Explorer.key)]?.value
        let identity = NodeIdentity(holder: lock?.value, expiresAt: lock?.expiresAt, fence: fence, startedAt: node.startedAt)
        if let number = nodeNumbers[identity] { return number }
        nodeNumbers[identity] = nodes.count
        nodes.append(node)
        for places in symmetry.clients {
            var hash = ExplorerSymmetry.spread(UInt64(bitPattern: node.startedAt.nanoseconds))
            if case .token(let token)? = lock?.value {
                hash ^= UInt64(10 * (places[Int(token.low) / 10 - 1] + 1)) + token.low % 10
            }
            hash = ExplorerSymmetry.spread(hash) ^ UInt64(bitPattern: lock?.expiresAt ?? 0)
            if case .counter(let count)? = fence { hash = ExplorerSymmetry.spread(hash) ^ count }
            nodeHashes.append(ExplorerSymmetry.spread(hash))
        }
        return nodes.count - 1
    }

    /// A message reaches a node, or one of the other things that can happen to one; `wall` in ticks on its own clock.
    mutating func execution(_ node: Int, _ message: Int, wall: Int) -> Execution {
        remembered(node, message, wall) { tables, copy in
            let message = tables.messages[message].message
            let reply = Mutant.execute(
                message.command(tables.scope), under: tables.scope.mutant, on: &copy, at: Explorer.instant(wall))
            return message.kind == .release ? -1 : tables.answer(to: message, reply, by: copy, wall: wall)
        }
    }

    /// Time passes: what has expired is gone.
    mutating func tick(_ node: Int, wall: Int) -> Int {
        remembered(node, 0xFF_FFFF, wall) { _, copy in
            if copy.entry(.lock(Explorer.key), at: Explorer.instant(wall)) == nil { copy[.lock(Explorer.key)] = nil }
            return -1
        }.node
    }

    mutating func restart(_ node: Int, wall: Int) -> Int {
        remembered(node, 0xFF_FFFE, wall) { _, copy in
            copy.restart(at: Explorer.instant(wall), with: nil)
            return -1
        }.node
    }

    private mutating func remembered(
        _ node: Int, _ what: Int, _ wall: Int, _ work: (inout ExplorerTables, inout SimulatedNode) -> Int
    ) -> Execution {
        let key = UInt64(node) << 40 | UInt64(wall) << 24 | UInt64(what)
        if let known = executionNumbers[key] { return executions[known] }
        var copy = nodes[node]
        let answer = work(&self, &copy)
        executions.append(Execution(node: number(of: copy), answer: answer))
        executionNumbers[key] = executions.count - 1
        return executions[executions.count - 1]
    }

    private mutating func answer(to message: ExplorerMessage, _ reply: NodeReply, by node: SimulatedNode, wall: Int) -> Int {
        var answer = message
        (answer.kind, answer.fence) =
            switch reply {
            case .ok: (.granted, 0)
            case .integer(let value) where value > 0: (.granted, message.kind == .acquire ? UInt64(value) : 0)
            default: (.refused, 0)
            }
        if answer.kind == .granted, !counts(message.kind, node, wall: wall) { (answer.kind, answer.fence) = (.failed, 0) }
        return number(of: answer)
    }

    private func counts(_ kind: ExplorerMessage.Kind, _ node: SimulatedNode, wall: Int) -> Bool {
        switch (scope.mutant, kind) {
        case (.noQuarantine, _), (.extendNotQuarantined, .extend), (.raiseNotQuarantined, .raise): return true
        default: break
        }
        // A node may have been up less long than it says, and so the client takes it for younger than it says. What the
        // quarantine is worth shows when the node says too much, so here it always does.
        let said = (Explorer.instant(wall) - node.startedAt).count / 1_000_000_000 + Int64(scope.overReport)
        let believed = said - (scope.mutant == .quarantineShortByASecond ? 0 : Int64(scope.overReport))
        return believed >= Int64(scope.quarantine)
    }

    /// Whether the message can still have an effect. If not, states that differ in it alone are the same state.
    func matters(_ number: UInt32, in state: ExplorerState) -> Bool {
        let message = messages[Int(number)].message
        if message.isAnswer { return clients[state.clients[message.client]].openRound == message.round }
        guard message.kind == .release else { return true }
        // A release finds its key, or never will.
        if nodes[state.nodes[message.node]][.lock(Explorer.key)]?.value == .token(message.token) { return true }
        return state.messages.contains {
            let other = messages[Int($0)].message
            return other.node == message.node && other.client == message.client && other.attempt == message.attempt
                && (other.kind == .acquire || other.kind == .extend)
        }
    }
}

// MARK: - Fingerprints

extension ExplorerTables {
    /// The same for all states that differ only in who is who, and how many such states there are.
    mutating func fingerprint(_ state: ExplorerState) -> (bits: UInt64, alike: Int) {
        let (inClients, inNodes) = (symmetry.clients.count, symmetry.nodes.count)
        for client in 0..<scope.clients { ensureHashes(state.clients[client]) }
        var base = ExplorerSymmetry.spread(UInt64(state.tick) << 8 | UInt64(state.crashesLeft))
        base = ExplorerSymmetry.spread(base ^ state.highestFence)
        var smallest = UInt64.max
        var ties = 0
        sums.withUnsafeMutableBufferPointer { sums in
            for index in sums.indices { sums[index] = base }
            messageHashes.withUnsafeBufferPointer { hashes in
                for message in state.messages {
                    let row = Int(message) * sums.count
                    for index in sums.indices { sums[index] &+= hashes[row + index] }
                }
            }
            for (places, clients) in symmetry.clients.enumerated() {
                for (order, nodes) in symmetry.nodes.enumerated() {
                    var sum = sums[places * inNodes + order]
                    for client in 0..<scope.clients {
                        sum &+= clientHashes[state.clients[client] * inNodes + order] &* Self.places[clients[client]]
                    }
                    for node in 0..<scope.nodes {
                        sum &+= nodeHashes[state.nodes[node] * inClients + places] &* Self.places[3 + nodes[node]]
                    }
                    if sum < smallest { (smallest, ties) = (sum, 1) } else if sum == smallest { ties += 1 }
                }
            }
        }
        return (ExplorerSymmetry.spread(smallest), sums.count / ties)
    }

    /// An odd number for each place of a client or a node.
    private static let places: [UInt64] = (0..<6).map { ExplorerSymmetry.spread($0 &* 7_919) | 1 }

    private mutating func ensureHashes(_ client: Int) {
        let row = client * symmetry.nodes.count
        guard clientHashes[row] == 0 else { return }
        for order in symmetry.nodes.indices {
            let permuted = permuted(client, order)
            clientHashes[row + order] = ExplorerSymmetry.spread(UInt64(permuted) &+ 0x5151_0000_0000)
        }
    }
}

/// Numbers by 64-bit keys: an open table that only grows.
struct NumberTable {
    private var keys = [UInt64](repeating: .max, count: 1 << 10)
    private var values = [UInt32](repeating: 0, count: 1 << 10)
    private var count = 0

    subscript(key: UInt64) -> Int? {
        get {
            var index = slot(of: key)
            while keys[index] != .max {
                if keys[index] == key { return Int(values[index]) }
                index = (index + 1) & (keys.count - 1)
            }
            return nil
        }
        set {
            guard let newValue else { return }
            if (count + 1) * 2 > keys.count { grow() }
            var index = slot(of: key)
            while keys[index] != .max, keys[index] != key { index = (index + 1) & (keys.count - 1) }
            if keys[index] == .max { count += 1 }
            (keys[index], values[index]) = (key, UInt32(newValue))
        }
    }

    private func slot(of key: UInt64) -> Int { Int(truncatingIfNeeded: ExplorerSymmetry.spread(key)) & (keys.count - 1) }

    private mutating func grow() {
        let (oldKeys, oldValues) = (keys, values)
        keys = Array(repeating: .max, count: oldKeys.count * 2)
        values = Array(repeating: 0, count: oldKeys.count * 2)
        for (key, value) in zip(oldKeys, oldValues) where key != .max {
            var index = slot(of: key)
            while keys[index] != .max { index = (index + 1) & (keys.count - 1) }
            (keys[index], values[index]) = (key, value)
        }
    }
}
