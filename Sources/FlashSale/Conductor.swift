import Foundation

/// Directs the demo: opens the sales, kills and revives nodes, and says what happens.
struct Conductor: Sendable {
    /// The nodes that die, which is as many as five nodes can lose.
    static let victims = [2, 4]
    static let killAfterSold = 3
    static let reviveAfterSold = 7

    let screen: Screen
    let shopURL: String
    let shop: Shop
    let cluster: Cluster
    let nodes: NodeWatch

    func run() async throws -> Summary {
        await screen.print()
        await screen.print(screen.style.bold("Flash sale: \(Sale.tickets) tickets, \(Sale.buyers) buyers in \(Sale.processes) processes"))
        await screen.print("Each buyer reads the stock, pays, and writes back one ticket less.")
        let unlocked = try await withoutLock()
        let locked = try await withLock()
        return Summary(
            unlocked: unlocked, locked: locked, stories: try await stories(), waits: try await shop.waits(),
            failures: try await shop.failures())
    }

    // MARK: The two acts

    private func withoutLock() async throws -> Act {
        await headline("1. Without a lock")
        let act = try await sell(locked: false)
        let stock = try await shop.stock(fencingToken: nil)
        if act.oversold > 0 {
            await screen.print(
                "  \(screen.style.red("Oversold by \(act.oversold).")) All read the same stock: the shop's books still say \(stock) left.")
        } else {
            await screen.print("  Not oversold, by sheer luck: run it again.")
        }
        return act
    }

    private func withLock() async throws -> Act {
        await headline("2. With Redlock, while \(Self.victims.count) of 5 nodes die")
        await screen.print("  A buyer may read and write only while holding the lock \"tickets\": 3 of 5 nodes")
        await screen.print("  must vote for that. A restarted node must not vote for about \(Int(Sale.quarantine / .seconds(1))) s,")
        await screen.print("  because it may have forgotten a lock that somebody still holds.")
        // The servers of the demo have been started a moment ago, so they must wait as well.
        try await countDown("All five have just been started: the sale begins in")
        _ = await nodes.takeChanges()
        if screen.style.isTerminal { await screen.print(Progress.legend(screen.style)) }
        return try await sell(locked: true)
    }

    /// Runs one sale, from the start of the buyers' processes to the end of the last.
    private func sell(locked: Bool) async throws -> Act {
        try await shop.prepare(tickets: Sale.tickets)
        return try await withThrowingTaskGroup(of: Act?.self) { group in
            for number in 1...Sale.processes {
                group.addTask {
                    let arguments = ["buy", "--shop", shopURL, "--process", "\(number)"] + (locked ? ["--locked"] : [])
                    try await Program.run(Self.thisProgram, arguments)
                    return nil
                }
            }
            group.addTask {
                while try await shop.processesReady < Sale.processes { try await Task.sleep(for: .milliseconds(5)) }
                try await shop.open()
                await screen.startClock()
                return try await follow(showingNodes: locked)
            }
            if locked {
                group.addTask {
                    try await makeTrouble()
                    return nil
                }
            }
            // The first that fails ends all others.
            var act: Act?
            for try await result in group { act = result ?? act }
            guard let act else { throw CancellationError() }
            return act
        }
    }

    /// Shows the sale until every buyer was served.
    private func follow(showingNodes: Bool) async throws -> Act {
        var shown: Shop.Tally?
        while true {
            let tally = try await shop.tally()
            let elapsed = await ContinuousClock.now - screen.opening
            if showingNodes { await tellChanges() }
            let isOver = tally.served >= Sale.buyers
            let progress = Progress(elapsed: elapsed, tally: tally, nodes: showingNodes ? await nodes.states : [])
            // A pipe gets a line when a ticket was sold, not for everyone who is turned away.
            await screen.show(progress.line(screen.style), plain: tally.sold != shown?.sold || isOver ? progress.plain : nil)
            shown = tally
            if isOver {
                await screen.endStatus(keeping: true)
                return Act(tally: tally, duration: elapsed)
            }
            try await Task.sleep(for: .milliseconds(40))
        }
    }

    // MARK: Trouble

    private func makeTrouble() async throws {
        let names = "nodes " + Self.victims.map { "\($0)" }.joined(separator: " and ")
        guard try await hasSold(Self.killAfterSold) else { return }
        await screen.event("\(Self.killAfterSold) tickets are sold: \(names) are killed")
        for node in Self.victims { try await cluster.kill(node) }
        let isGoingOn = try await hasSold(Self.reviveAfterSold)
        await screen.event("\(isGoingOn ? "\(Self.reviveAfterSold) tickets are sold" : "the sale is over"): \(names) are started again")
        for node in Self.victims { try await cluster.start(node) }
    }

    /// Waits until so many tickets are sold; false if the sale ends before.
    private func hasSold(_ number: Int) async throws -> Bool {
        while true {
            let tally = try await shop.tally()
            if tally.sold >= number { return true }
            if tally.served >= Sale.buyers { return false }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits until the revived nodes may vote again: after so short a sale that takes a moment.
    private func stories() async throws -> [String] {
        await tellChanges()
        try await countDown("The sale is over. The revived nodes may vote again in", telling: true)
        let opening = await screen.opening
        return await nodes.stories.map { $0.told(since: opening) }
    }

    /// Waits until all nodes may vote.
    private func countDown(_ text: String, telling: Bool = false) async throws {
        let patience = ContinuousClock.now + Sale.quarantine + .seconds(10)
        var isFirst = true
        while await nodes.states.contains(where: { $0 != .votes }) {
            guard ContinuousClock.now < patience else { throw DemoFailure("not all lock nodes came up") }
            let left = await nodes.allVoteFrom - .now
            let status = "  \(text) \(Style.seconds(max(.zero, left)))"
            await screen.show(status, plain: isFirst ? status : nil)
            isFirst = false
            try await Task.sleep(for: .milliseconds(40))
            if telling { await tellChanges() }
        }
        if telling { await tellChanges() }
        await screen.endStatus()
    }

    private func tellChanges() async {
        let style = screen.style
        for (node, state) in await nodes.takeChanges() {
            switch state {
            case .dead: await screen.event("node \(node) is \(style.red("dead"))")
            case .mustWait: await screen.event("node \(node) is \(style.yellow("back")), but its votes do not count yet")
            case .votes: await screen.event("node \(node) \(style.green("may vote")) again")
            }
        }
    }

    private func headline(_ text: String) async {
        await screen.print()
        await screen.print(screen.style.bold(text))
    }

    private static let thisProgram = Bundle.main.executablePath ?? CommandLine.arguments[0]
}
