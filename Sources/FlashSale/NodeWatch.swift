import NIOPosix
import RedlockCore
import RedlockNode

/// Watches the lock's nodes from outside, so that the demo can tell what happens to them.
actor NodeWatch {
    enum State: Hashable {
        case votes
        /// Was started a short time ago, so its votes do not count yet.
        case mustWait
        case dead
    }

    /// What a node went through.
    struct Story: Sendable {
        var state: State?
        var runID: String?
        var votesFrom = ContinuousClock.now
        var diedAt: ContinuousClock.Instant?
        var cameBackAt: ContinuousClock.Instant?
        var cameBackEmpty = false
        var votedAgainAt: ContinuousClock.Instant?
    }

    private let clients: [NodeClient]
    private(set) var stories: [Story]
    private var changes: [(node: Int, state: State)] = []

    init(urls: [String]) throws {
        var options = NodeClientOptions()
        // The audience wants to see at once that a node is back.
        options.reconnect = RetrySchedule(base: .milliseconds(20), cap: .milliseconds(100))
        clients = try urls.map { try NodeClient(NodeEndpoint($0), options: options, on: MultiThreadedEventLoopGroup.singleton.next()) }
        stories = Array(repeating: Story(), count: urls.count)
    }

    var states: [State] { stories.map { $0.state ?? .dead } }

    /// When the last of the nodes may vote, if none is restarted meanwhile.
    var allVoteFrom: ContinuousClock.Instant { stories.map(\.votesFrom).max() ?? .now }

    /// What has changed since this was last called. Nodes are numbered from 1, as cluster.sh does.
    func takeChanges() -> [(node: Int, state: State)] {
        defer { changes = [] }
        return changes
    }

    /// Connects, and looks at every node once. Fails if one is not there: the demo begins with all of them.
    func start() async throws {
        for (index, client) in clients.enumerated() {
            client.start()
            try? await client.waitUntilUp()
            await look(at: index)
            guard stories[index].state != .dead, stories[index].state != nil else {
                throw DemoFailure("lock node \(index + 1), \(client.endpoint), does not answer")
            }
        }
        changes = []
    }

    /// Looks at all nodes, again and again, until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for index in clients.indices {
                group.addTask {
                    while !Task.isCancelled {
                        await self.look(at: index)
                        try? await Task.sleep(for: .milliseconds(40))
                    }
                }
            }
        }
    }

    func close() {
        for client in clients { client.close() }
    }

    private func look(at index: Int) async {
        let reply: RESPValue
        do {
            reply = try await clients[index].command(["INFO"], timeout: .seconds(1))
        } catch {
            // Slow is not dead.
            if error.kind != .timedOut { note(.dead, index) }
            return
        }
        let info = ServerInfo(reply.text ?? "")
        guard let runID = info["run_id"], let uptime = info["uptime_in_seconds"].flatMap({ Int64($0) }) else { return }
        let now = ContinuousClock.now
        if stories[index].runID != runID {
            // Another process than before. This is also how the library reckons.
            stories[index].runID = runID
            stories[index].votesFrom = now + max(.zero, Sale.quarantine - .seconds(uptime))
            stories[index].cameBackEmpty = info["aof_enabled"] == "0"
        }
        note(now < stories[index].votesFrom ? .mustWait : .votes, index)
    }

    private func note(_ state: State, _ index: Int) {
        guard state != stories[index].state else { return }
        let isFirst = stories[index].state == nil
        stories[index].state = state
        changes.append((index + 1, state))
        guard !isFirst else { return }
        switch state {
        case .dead:
            stories[index].diedAt = .now
            stories[index].votedAgainAt = nil
        case .mustWait: stories[index].cameBackAt = .now
        case .votes: stories[index].votedAgainAt = .now
        }
    }
}
