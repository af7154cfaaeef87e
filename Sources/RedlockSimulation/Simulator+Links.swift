import RedlockCore
import RedlockHistory

/// What `NodeClient` does in production: connect, greet, match answers to requests, decide whether votes count, notice
/// that nothing comes back, and connect again.
extension Simulator {
    func connect(_ process: Int, _ node: Int) {
        guard processes[process].links[node].connection == nil, !processes[process].isClosed else { return }
        let connection = connections.count
        connections.append(SimulatedConnection(process: process, node: node, openedAt: now))
        processes[process].links[node].connection = connection
        queue.push(.connectTimedOut, at: now + options.connectTimeout, connection)
        send(.info, .init(kind: .handshake), over: connection)
    }

    func isUp(_ process: Int, _ node: Int) -> Bool {
        guard let connection = processes[process].links[node].connection else { return false }
        return connections[connection].isEstablished && connections[connection].isOpen
    }

    func acceptsRequests(_ process: Int, _ node: Int) -> Bool {
        guard let connection = processes[process].links[node].connection, isUp(process, node) else { return false }
        return connections[connection].tickets.count < options.inFlightLimit
    }

    func connectTimedOut(_ connection: Int) {
        if !connections[connection].isEstablished { disconnect(connection) }
    }

    func checkStall(_ connection: Int) {
        connections[connection].isWatched = false
        guard connections[connection].isOpen, !connections[connection].tickets.isEmpty else { return }
        let due = connections[connection].lastProgress + options.stallTimeout
        if now > due { return disconnect(connection) }
        connections[connection].isWatched = true
        queue.push(.stallCheck, at: due + 1_000_000, connection)
    }

    /// Ends a connection as seen from the process: what was under way ends as unknown, and a new one is made later.
    func disconnect(_ connection: Int) {
        guard connections[connection].isOpen else { return }
        let (process, node) = (connections[connection].process, connections[connection].node)
        var lost: [SimulatedConnection.Ticket] = []
        while let ticket = connections[connection].tickets.popFirst() { lost.append(ticket) }
        cutOff(connection)
        say("process \(process) loses its connection to node \(node), \(lost.count) unanswered")
        for ticket in lost {
            switch ticket.kind {
            case .handshake, .release: break  // a release is owed still
            case .acquire, .fencedAcquire, .raise, .extend:
                vote(mutant == .silenceCounted ? .granted(fence: 1) : .unknown, ticket, of: node, for: process)
            }
        }
        processes[process].links[node].connection = nil
        processes[process].links[node].failures += 1
        let failures = min(processes[process].links[node].failures, 6)
        let bound = min(Int64(20_000_000) << Int64(failures - 1), 1_000_000_000)
        queue.push(.connect, at: now + bound / 2 + network.between(0, bound / 2), process, node, processes[process].incarnation)
    }

    // MARK: Answers

    func arriveAtProcess(_ connection: Int) {
        let (process, node) = (connections[connection].process, connections[connection].node)
        if weather.blocksToProcess(process, node) {
            connections[connection].heldToProcess += 1
            return
        }
        guard let answer = connections[connection].answers.popFirst(), connections[connection].isOpen else { return }
        guard case .reply(let reply) = answer else { return disconnect(connection) }
        guard let ticket = connections[connection].tickets.popFirst() else { return }
        connections[connection].lastProgress = now
        switch ticket.kind {
        case .handshake: established(connection, reply)
        case .release where reply == .noScript && mutant != .missingScriptIgnored: rewrite(ticket, to: node, process)
        case .release: releaseAnswered(ticket, by: node, for: process)
        case .acquire, .fencedAcquire, .raise, .extend:
            if reply == .noScript, mutant != .missingScriptIgnored, mutant != .missingScriptCounted {
                return resend(ticket, to: node, process)
            }
            vote(counted(read(reply, ticket.kind), ticket.kind, over: connection), ticket, of: node, for: process)
        }
    }

    private func established(_ connection: Int, _ reply: NodeReply) {
        guard case .info(_, let uptime) = reply else { return disconnect(connection) }
        let (process, node) = (connections[connection].process, connections[connection].node)
        connections[connection].isEstablished = true
        processes[process].links[node].failures = 0
        var trustedFrom = trusted(afterUptime: uptime, readAt: localTime(of: process))
        if mutant == .uptimeOfOldConnection {
            trustedFrom = processes[process].links[node].firstTrust ?? trustedFrom
            processes[process].links[node].firstTrust = trustedFrom
        }
        connections[connection].trustedFrom = trustedFrom
        say("process \(process) is connected to node \(node), up \(uptime) s")
        repay(process, node)
        admitHeldBack(process, onceUp: true)
    }

    /// As `ServerIdentity.trusted(after:drift:)` in RedlockNode.
    private func trusted(afterUptime uptime: Int64, readAt: Instant) -> Instant? {
        guard options.quarantines, options.nodes >= 3, mutant != .noQuarantine else { return nil }
        var quarantine = options.quarantine
        if mutant == .quarantineOfOwnTTL {
            quarantine = Nanoseconds(options.shortestTTL) + options.drift.drift(over: Nanoseconds(options.shortestTTL))
        }
        let missing = quarantine - (.seconds(uptime) - (mutant == .quarantineShortByASecond ? .zero : .seconds(1)))
        guard missing > .zero else { return readAt }
        return readAt + missing + options.drift.drift(over: missing * 2)
    }

    /// Reply → vote, as `NodeAnswer+Reading` in RedlockNode.
    private func read(_ reply: NodeReply, _ kind: SimulatedConnection.Ticket.Kind) -> Vote {
        switch (kind, reply) {
        case (_, .wrongType), (.acquire, .null): .refused
        case (_, .noScript) where mutant == .missingScriptCounted: .granted(fence: 1)
        case (.acquire, .ok): .granted()
        case (.fencedAcquire, .integer(let value)): value > 0 ? .granted(fence: UInt64(value)) : .refused
        case (.raise, .integer(let value)), (.extend, .integer(let value)): value > 0 ? .granted() : .refused
        default: .failed
        }
    }

    private func counted(_ vote: Vote, _ kind: SimulatedConnection.Ticket.Kind, over connection: Int) -> Vote {
        guard case .granted = vote else { return mutant == .refusalCounted && vote == .refused ? .granted(fence: 1) : vote }
        if mutant == .extendNotQuarantined, kind == .extend { return vote }
        if mutant == .raiseNotQuarantined, kind == .raise { return vote }
        guard let trustedFrom = connections[connection].trustedFrom, localTime(of: connections[connection].process) < trustedFrom else {
            return vote
        }
        return .failed
    }
}
