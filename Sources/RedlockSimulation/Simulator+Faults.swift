import RedlockCore
import RedlockHistory

/// What goes wrong, and how all becomes well in the end.
extension Simulator {
    func begin(_ index: Int) {
        guard !isCalm else { return }
        let fault = plan.faults[index]
        record(.note("\(fault)"))
        say("fault: \(fault)")
        switch fault.kind {
        case .cut, .isolateNode, .isolateProcess:
            change(fault, by: 1)
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .slow:
            weather.slow(fault.process, fault.node, by: 1)
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .breakConnection:
            if let connection = processes[fault.process].links[fault.node].connection { disconnectIfRunning(connection) }
        case .breakAll:
            for link in processes[fault.process].links { if let connection = link.connection { disconnectIfRunning(connection) } }
        case .crash, .amnesia:
            crash(fault.node, fault)
        case .powerCut:
            for node in servers.indices { crash(node, fault) }
        case .freeze:
            servers[fault.node].isFrozen = true
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .pause:
            pause(fault.process, for: fault.lasts)
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .kill:
            kill(fault.process)
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .shutDown:
            shutDown(fault.process)
            queue.push(.faultEnds, at: now + fault.lasts, index)
        case .forgetScripts:
            if servers[fault.node].isUp {
                _ = servers[fault.node].node.apply(.forgetScripts, at: servers[fault.node].clock.reading(at: now))
            }
        case .stepClock:
            record(.outside(.clockStep))
            servers[fault.node].clock.offset += fault.step
        case .flush:
            record(.outside(.foreignDelete))
            _ = servers[fault.node].node.apply(.flush, at: servers[fault.node].clock.reading(at: now))
        }
    }

    func end(_ fault: Fault) {
        // Calm has ended every fault already.
        guard !isCalm else { return }
        say("ends: \(fault)")
        switch fault.kind {
        case .cut, .isolateNode, .isolateProcess: change(fault, by: -1)
        case .slow: weather.slow(fault.process, fault.node, by: -1)
        case .freeze: thaw(fault.node)
        case .pause: resume(fault.process)
        case .kill: revive(fault.process)
        case .shutDown: replace(fault.process)
        default: break
        }
    }

    // MARK: Partitions

    private func change(_ fault: Fault, by change: Int) {
        for process in processes.indices where fault.kind == .isolateNode || process == fault.process {
            for node in servers.indices where fault.kind == .isolateProcess || node == fault.node {
                weather.block(process, node, fault.direction, by: change)
                if change < 0 { releaseHeld(process, node) }
            }
        }
    }

    // MARK: Nodes

    private func crash(_ node: Int, _ fault: Fault) {
        guard servers[node].isUp else { return }
        serverDied(node)
        servers[node].isUp = false
        servers[node].isFrozen = false
        servers[node].inbox = []
        servers[node].generation += 1
        if fault.kind != .crash {
            servers[node].snapshot = fault.keepsSnapshot ? servers[node].snapshot : SimulatedNode(startedAt: Instant(nanoseconds: 0))
        } else {
            servers[node].snapshot = servers[node].node
        }
        if fault.kind != .crash, !options.quarantines || options.nodes < 3 { record(.outside(.unquarantinedAmnesia)) }
        queue.push(.serverStarts, at: now + fault.lasts, node, 0, servers[node].generation)
    }

    func startServer(_ node: Int, generation: Int64) {
        guard !servers[node].isUp, servers[node].generation == generation else { return }
        servers[node].isUp = true
        servers[node].node.restart(at: servers[node].clock.reading(at: now), with: servers[node].snapshot)
        say("node \(node) starts, run \(servers[node].node.run)")
    }

    /// What a node would find again after a crash that loses the latest writes.
    func takeSnapshots() {
        guard !isCalm else { return }
        for node in servers.indices where servers[node].isUp { servers[node].snapshot = servers[node].node }
        queue.push(.snapshot, at: now + options.maxTTL / 2)
    }

    private func thaw(_ node: Int) {
        guard servers[node].isFrozen else { return }
        servers[node].isFrozen = false
        let inbox = servers[node].inbox
        servers[node].inbox = []
        for connection in inbox { queue.push(.arriveAtNode, at: now, connection) }
    }

    // MARK: Processes

    private func disconnectIfRunning(_ connection: Int) {
        let process = connections[connection].process
        guard processes[process].isAlive else { return }
        // A paused process finds out when it runs again: as if the end of the connection were the next answer.
        if processes[process].pausedUntil != nil {
            connections[connection].deliverable = network.below(connections[connection].requests.count + 1)
            connections[connection].answers.append(.closed)
            queue.push(.arriveAtProcess, at: max(now, connections[connection].lastArrivalAtProcess), connection)
        } else {
            disconnect(connection)
        }
    }

    private func pause(_ process: Int, for span: Int64) {
        guard processes[process].isAlive, processes[process].pausedUntil == nil else { return }
        record(.paused, process: process)
        processes[process].pausedUntil = now + span
    }

    private func resume(_ process: Int) {
        guard let until = processes[process].pausedUntil, now >= until || isCalm else { return }
        processes[process].pausedUntil = nil
        if mutant == .clockStopsInSuspend, let paused = history.operations.last(where: { $0.process == process && $0.what == .paused })?.at
        {
            suspended(process, for: now - paused.nanoseconds)
        }
        record(.resumed, process: process)
        var deferred = processes[process].deferred
        processes[process].deferred = []
        // Whether timers or sockets are looked at first is the loop's choice.
        let isTimer = { (event: EventQueue.Event) in event.kind == .wakeLease || event.kind == .wakeRelease }
        switch work.below(3) {
        case 0: deferred = deferred.filter(isTimer) + deferred.filter { !isTimer($0) }
        case 1: deferred = deferred.filter { !isTimer($0) } + deferred.filter(isTimer)
        default: break
        }
        for event in deferred { queue.push(event.kind, at: now, Int(event.a), Int(event.b), event.c) }
    }

    /// For the mutant whose clock stands still meanwhile: validity is believed to end later than it was.
    private func suspended(_ process: Int, for span: Int64) {
        processes[process].suspended += span
        for slot in processes[process].leases.ids {
            guard let lease = processes[process].leases[slot] else { continue }
            if let holding = lease.machine.holding {
                record(.revalued(validUntil: validity(holding.validUntil, process)), process: process, lease: lease.id)
            }
            processes[process].leases[slot]?.armed = nil
            step(process, slot, .woke(fresh: freshToken(process, slot)))
        }
    }

    func kill(_ process: Int) {
        guard processes[process].isAlive else { return }
        record(.died, process: process)
        for slot in processes[process].leases.ids {
            guard let lease = processes[process].leases[slot], lease.machine.holding == nil else { continue }
            record(.unknown, process: process, lease: lease.id)
        }
        for node in servers.indices {
            if let connection = processes[process].links[node].connection { cutOff(connection) }
        }
        processes[process].isAlive = false
        processes[process].pausedUntil = nil
        processes[process].deferred = []
        processes[process].incarnation += 1
        processes[process].isShutDown = false
        processes[process].isClosed = false
        processes[process].links = Array(repeating: .init(), count: options.nodes)
        processes[process].leases = Slots()
        processes[process].releases = Slots()
        for worker in processes[process].workers.indices {
            processes[process].workers[worker].epoch += 1
            processes[process].workers[worker].phase = .thinking
        }
    }

    func revive(_ process: Int) {
        guard !processes[process].isAlive else { return }
        processes[process].isAlive = true
        record(.resumed, process: process)
        startProcess(process)
    }

    // MARK: The end of it all

    /// No fault any more and no new work. Leases are given back, quarantines pass, stray keys expire.
    func calmDown() {
        isCalm = true
        record(.note("calm"))
        weather = SimulatedWeather(processes: options.processes, nodes: options.nodes)
        for node in servers.indices {
            thaw(node)
            startServer(node, generation: servers[node].generation)
        }
        for process in processes.indices {
            replace(process)
            if processes[process].isAlive { resume(process) } else { revive(process) }
            for node in servers.indices { releaseHeld(process, node) }
            for worker in processes[process].workers.indices where processes[process].workers[worker].phase == .holding {
                giveBack(process, worker)
            }
        }
        let settled =
            options.quarantine.count + options.quarantine.count / 10 + options.maxTTL + options.stallTimeout + options.spike + 8_000_000_000
        queue.push(.heal, at: now + settled)
    }

    /// From here on everyone who asks for a lock gets it, and what is given back is deleted at once.
    func heal() {
        isHealed = true
        let patience: Int64 = 60_000_000_000
        record(.healed(liveBy: Instant(nanoseconds: now + patience), cleanWithin: .milliseconds(20)))
        for process in processes.indices {
            for worker in processes[process].workers.indices where processes[process].workers[worker].phase == .finished {
                turnFromRest(process, worker)
            }
        }
        queue.push(.finish, at: now + patience + options.maxTTL * 2)
    }

    private func turnFromRest(_ process: Int, _ worker: Int) {
        processes[process].workers[worker].phase = .thinking
        plan(process, worker, in: work.between(0, 5_000_000))
    }
}
