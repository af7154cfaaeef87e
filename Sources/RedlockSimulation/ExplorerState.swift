import RedlockCore

/// Everything there is at one moment of an exploration.
struct ExplorerState: Hashable {
    /// A request on its way to a node, or its answer on its way back. Numbers only, so that they sort and hash cheaply.
    struct Message: Hashable, Comparable {
        enum Kind: UInt8 { case acquire, raise, extend, release, granted, refused, failed }

        var kind: Kind
        var client: UInt8
        var node: UInt8
        var round: UInt32
        var token: UInt64
        var fence: UInt64

        var isAnswer: Bool { kind.rawValue >= Kind.granted.rawValue }

        static func < (a: Message, b: Message) -> Bool {
            (a.kind.rawValue, a.client, a.node, a.round, a.token, a.fence) < (b.kind.rawValue, b.client, b.node, b.round, b.token, b.fence)
        }
    }

    struct Client: Hashable {
        var machine: LeaseMachine?
        var attemptsLeft: Int
        var extensionsLeft: Int
        /// When the round under way was sent.
        var sentAt = 0
    }

    var tick = 0
    var clients: [Client]
    var nodes: [SimulatedNode]
    var crashesLeft: Int
    /// Sorted, so that equal sets are equal.
    var messages: [Message] = []
    /// The largest fencing token granted so far.
    var highestFence: UInt64 = 0

    init(_ scope: ExplorerScope) {
        clients = Array(repeating: Client(attemptsLeft: scope.attempts, extensionsLeft: scope.extensions), count: scope.clients)
        crashesLeft = scope.crashes
        nodes = (0..<scope.nodes).map { _ in
            // Up for ever, as far as any quarantine is concerned.
            var node = SimulatedNode(startedAt: Self.instant(-1_000_000))
            // Exactly at its mark if nothing is early.
            node.expiresEarlyBy = Int64(scope.early) * 1_000 + 1
            return node
        }
    }

    /// A tick is a second.
    static func instant(_ tick: Int) -> Instant { Instant(nanoseconds: Int64(tick) * 1_000_000_000) }

    /// What a node's own clock shows: far from 0, so that counters that follow it are larger than any count.
    func wall(of node: Int, _ scope: ExplorerScope) -> Instant {
        Self.instant(1_000 + tick + (node < scope.skew.count ? scope.skew[node] : 0))
    }

    /// Without what cannot change anything any more: the tallies of past rounds, the jitter.
    var fingerprint: UInt64 {
        var hasher = Hasher()
        hasher.combine(tick)
        for client in clients {
            hasher.combine(client.machine?.state)
            hasher.combine(client.attemptsLeft)
            hasher.combine(client.extensionsLeft)
            hasher.combine(client.sentAt)
        }
        hasher.combine(nodes)
        hasher.combine(crashesLeft)
        hasher.combine(messages)
        hasher.combine(highestFence)
        return UInt64(bitPattern: Int64(hasher.finalize()))
    }

    mutating func send(_ message: Message) {
        let index = messages.firstIndex { message < $0 } ?? messages.endIndex
        messages.insert(message, at: index)
    }

    /// Drops what can have no effect any more, so that states that differ in nothing else are the same state.
    mutating func normalize(_ scope: ExplorerScope) {
        for index in clients.indices where clients[index].machine?.isEnded == true {
            clients[index].machine = nil
            clients[index].sentAt = 0
        }
        // When a request was sent matters to two mutants only.
        if !scope.usesStaleInstants { for index in clients.indices { clients[index].sentAt = 0 } }
        let clients = clients
        let nodes = nodes
        let pending = messages
        messages.removeAll { message in
            if message.isAnswer { return clients[Int(message.client)].machine?.isOpen(RoundID(message.round)) != true }
            guard message.kind == .release else { return false }
            // A release finds its key, or never will.
            let holds = nodes[Int(message.node)][.lock(Explorer.key)]?.value == .token(LockToken(high: 0, low: message.token))
            let mayYet = pending.contains {
                $0.node == message.node && $0.token == message.token && ($0.kind == .acquire || $0.kind == .extend)
            }
            return !holds && !mayYet
        }
    }

    /// Two clients that may rely on the lock at this very tick.
    var hasTwoHolders: Bool {
        let now = Self.instant(tick)
        var holders = 0
        for client in clients { if let holding = client.machine?.holding, now < holding.validUntil { holders += 1 } }
        return holders > 1
    }
}
