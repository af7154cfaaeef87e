import RedlockCore
import RedlockHistory

/// How a client begins and ends in production: `LaneStart`, and the lane's shutting down.
extension Simulator {
    /// Connects to every node and sets the workers to work.
    func startProcess(_ process: Int) {
        processes[process].heldBack = []
        queue.push(.admits, at: now + options.connectTimeout, process, 0, processes[process].incarnation)
        for node in servers.indices { connect(process, node) }
        for worker in processes[process].workers.indices { plan(process, worker, in: work.between(0, options.maxTTL / 4)) }
    }

    /// Lets the requests in that were held back while the nodes connected.
    ///
    /// - Parameter onceUp: only if a quorum is up; the others then get a short grace.
    func admitHeldBack(_ process: Int, onceUp: Bool = false) {
        guard let held = processes[process].heldBack else { return }
        if onceUp {
            let up = servers.indices.count { isUp(process, $0) }
            let quorum = Quorum(nodes: options.nodes)
            guard up >= quorum.needed else { return }
            if up < quorum.nodes {
                if up == quorum.needed { queue.push(.admits, at: now + 50_000_000, process, 0, processes[process].incarnation) }
                return
            }
        }
        processes[process].heldBack = nil
        for worker in held { plan(process, worker, in: 0) }
    }

    /// Takes no new work, ends all waiting, tells holders to stop, and closes the connections once the releases under way
    /// are answered. What is held is not deleted: holders may be at work until the validity ends.
    func shutDown(_ process: Int) {
        guard processes[process].isAlive, !processes[process].isShutDown, processes[process].pausedUntil == nil else { return }
        processes[process].isShutDown = true
        say("process \(process) shuts its client down")
        for slot in processes[process].leases.ids {
            guard let lease = processes[process].leases[slot] else { continue }
            if lease.machine.holding == nil {
                step(process, slot, .cancelled)
            } else {
                record(.mustStop, process: process, lease: lease.id)
                if mutant == .shutDownDeletes { step(process, slot, .releaseRequested) }
            }
        }
        queue.push(.closes, at: now + options.attemptTimeout, process, 0, processes[process].incarnation)
        closeIfDrained(process)
    }

    /// Nothing is owed to any node that could take it.
    func closeIfDrained(_ process: Int) {
        var up = NodeSet.empty
        for node in servers.indices where isUp(process, node) { up.insert(NodeID(node)) }
        let owes = processes[process].releases.ids.contains {
            processes[process].releases[$0].map { !$0.pending.owed.isDisjoint(with: up) } ?? false
        }
        if !owes { close(process) }
    }

    func close(_ process: Int) {
        guard processes[process].isShutDown, !processes[process].isClosed else { return }
        processes[process].isClosed = true
        for node in servers.indices {
            if let connection = processes[process].links[node].connection { disconnect(connection) }
        }
    }

    /// The process whose client was shut down ends, and another begins.
    func replace(_ process: Int) {
        guard processes[process].isShutDown else { return }
        kill(process)
        revive(process)
    }
}
