import RedlockCore
import RedlockHistory

/// What is on its way between processes and nodes.
extension Simulator {
    private func delay(_ process: Int, _ node: Int) -> Int64 {
        if isCalm { return network.between(20_000, 1_000_000) }
        if options.spikeEvery > 0, network.chance(1, in: options.spikeEvery) { return network.between(options.delayMin, options.spike) }
        let delay = network.between(options.delayMin, options.delayMax)
        return weather.isSlow(process, node) ? delay * 8 : delay
    }

    func send(_ command: NodeCommand, _ ticket: SimulatedConnection.Ticket, byDigest: Bool = true, over connection: Int) {
        count(\.commands)
        if connections[connection].tickets.isEmpty { connections[connection].lastProgress = now }
        if !connections[connection].isWatched {
            connections[connection].isWatched = true
            queue.push(.stallCheck, at: now + options.stallTimeout + 1_000_000, connection)
        }
        connections[connection].tickets.append(ticket)
        connections[connection].requests.append(.init(command: command, byDigest: byDigest))
        scheduleArrivalAtNode(connection)
    }

    private func scheduleArrivalAtNode(_ connection: Int) {
        let (process, node) = (connections[connection].process, connections[connection].node)
        let time = max(connections[connection].lastArrivalAtNode, now + delay(process, node))
        connections[connection].lastArrivalAtNode = time
        queue.push(.arriveAtNode, at: time, connection)
    }

    private func answer(_ answer: SimulatedConnection.Answer, over connection: Int) {
        let (process, node) = (connections[connection].process, connections[connection].node)
        let time = max(connections[connection].lastArrivalAtProcess, now + delay(process, node))
        connections[connection].lastArrivalAtProcess = time
        connections[connection].answers.append(answer)
        queue.push(.arriveAtProcess, at: time, connection)
    }

    // MARK: At the node

    func arriveAtNode(_ connection: Int) {
        let (process, node) = (connections[connection].process, connections[connection].node)
        if weather.blocksToNode(process, node) {
            connections[connection].heldToNode += 1
            return
        }
        if servers[node].isUp, servers[node].isFrozen {
            servers[node].inbox.append(connection)
            return
        }
        guard let request = connections[connection].requests.popFirst() else { return }
        if let left = connections[connection].deliverable {
            guard left > 0 else { return }
            connections[connection].deliverable = left - 1
        }
        guard servers[node].isUp else { return answer(.closed, over: connection) }
        let run = connections[connection].run ?? servers[node].node.run
        connections[connection].run = run
        // A connection that an earlier run of the server accepted died with it.
        guard run == servers[node].node.run else { return }
        let reply = execute(request.command, byDigest: request.byDigest, at: node)
        answer(.reply(reply), over: connection)
    }

    private func execute(_ command: NodeCommand, byDigest: Bool, at index: Int) -> NodeReply {
        let wall = servers[index].clock.reading(at: now)
        if byDigest, servers[index].node.lacksScript(of: command) {
            say("node \(index) does not know the script of \(command.text)")
            return .noScript
        }
        // Whoever connects loads the scripts.
        if case .info = command { _ = servers[index].node.apply(.loadScripts, at: wall) }
        guard let key = command.lockKey else { return Mutant.execute(command, under: mutant, on: &servers[index].node, at: wall) }
        let before = servers[index].node.entry(.lock(key), at: wall)?.value
        let reply = Mutant.execute(command, under: mutant, on: &servers[index].node, at: wall)
        let after = servers[index].node.entry(.lock(key), at: wall)?.value
        if before != after {
            if case .token(let gone)? = before, let by = command.token {
                record(.deleted(node: index, token: gone.low, by: by.low))
            }
            if case .token(let token)? = after { record(.stored(node: index, token: token.low)) }
        }
        say("node \(index) executes \(command.text): \(reply.text)")
        return reply
    }

    // MARK: Breaking

    /// The process' end is gone. What was on its way may still be read by the node, up to some point, or not at all.
    func cutOff(_ connection: Int) {
        guard connections[connection].isOpen else { return }
        connections[connection].isOpen = false
        connections[connection].deliverable = network.below(connections[connection].requests.count + 1)
        connections[connection].tickets.removeAll()
    }

    /// The server's end is gone, and with it whatever it had not read.
    func serverDied(_ node: Int) {
        for connection in connections.indices where connections[connection].node == node && connections[connection].run != nil {
            guard connections[connection].isOpen, connections[connection].run == servers[node].node.run else { continue }
            answer(.closed, over: connection)
        }
    }

    /// Lets go what a partition held up.
    func releaseHeld(_ process: Int, _ node: Int) {
        for connection in connections.indices where connections[connection].process == process && connections[connection].node == node {
            if !weather.blocksToNode(process, node) {
                for _ in 0..<connections[connection].heldToNode { scheduleArrivalAtNode(connection) }
                connections[connection].heldToNode = 0
            }
            if !weather.blocksToProcess(process, node) {
                for _ in 0..<connections[connection].heldToProcess {
                    let time = max(connections[connection].lastArrivalAtProcess, now + delay(process, node))
                    connections[connection].lastArrivalAtProcess = time
                    queue.push(.arriveAtProcess, at: time, connection)
                }
                connections[connection].heldToProcess = 0
            }
        }
    }
}

extension NodeCommand {
    /// The lock it is about, if it is one of the commands of the protocol.
    var lockKey: LockKey? {
        switch self {
        case .setIfAbsent(let key, _, _), .acquire(let key, _, _, _, _, _), .raise(let key, _, _, _), .extend(let key, _, _, _, _),
            .release(let key, _, _, _):
            key
        default: nil
        }
    }

    var text: String {
        switch self {
        case .setIfAbsent(let key, let token, let ttl): "SET \(key.name) #\(token.low) NX PX \(ttl)"
        case .acquire(let key, let token, let ttl, let hint, _, _): "ACQUIRE \(key.name) #\(token.low) \(ttl) hint \(hint)"
        case .raise(let key, let token, let fence, _): "RAISE \(key.name) #\(token.low) \(fence)"
        case .extend(let key, let token, let ttl, let fence, _): "EXTEND \(key.name) #\(token.low) \(ttl) \(fence)"
        case .release(let key, let token, let fence, _): "RELEASE \(key.name) #\(token.low) \(fence)"
        default: "\(self)"
        }
    }
}

extension NodeReply {
    var text: String {
        switch self {
        case .ok: "OK"
        case .null: "nil"
        case .integer(let value): "\(value)"
        case .wrongType: "WRONGTYPE"
        case .noScript: "NOSCRIPT"
        case .value(let value): "\(value)"
        case .info(let run, let uptime): "run \(run), up \(uptime) s"
        }
    }
}
