import RedlockCore

/// One thing that goes wrong, from `at` for as long as `lasts` (nanoseconds of virtual time).
package struct Fault: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// One process and one node do not hear each other, or one does not hear the other.
        case cut
        /// A node is cut off from everyone.
        case isolateNode
        /// A process is cut off from every node.
        case isolateProcess
        /// A connection breaks; what was on its way may still arrive or not.
        case breakConnection
        /// Every connection of a process breaks.
        case breakAll
        /// A node's process dies, and starts again with everything it knew.
        case crash
        /// The same, with what it knew some time ago or nothing.
        case amnesia
        /// Every node does so at once.
        case powerCut
        /// A node stands still (SIGSTOP) while its clock runs.
        case freeze
        /// A process stands still while its clock runs: suspend, collection, a slow host.
        case pause
        /// A process dies, and another begins in its place.
        case kill
        /// A process shuts its client down, works on what it still holds, ends, and another begins in its place.
        case shutDown
        /// A node forgets the scripts (SCRIPT FLUSH).
        case forgetScripts
        /// A link is slow.
        case slow
        /// A node's wall clock steps. Outside the model.
        case stepClock
        /// A node's keys are deleted by somebody. Outside the model.
        case flush

        package static let insideTheModel: [Kind] = allCases.filter { $0 != .stepClock && $0 != .flush }
    }

    package enum Direction: UInt8, Hashable, Sendable { case both, toNode, toProcess }

    package var kind: Kind
    package var at: Int64
    package var lasts: Int64
    package var process: Int
    package var node: Int
    package var direction: Direction = .both
    /// Of a crash: whether what the node knew a while ago comes back, instead of nothing.
    package var keepsSnapshot = false
    /// Of a clock that steps.
    package var step: Int64 = 0
}

extension Fault: CustomStringConvertible {
    package var description: String {
        let span = "at \(Instant(nanoseconds: at).milliseconds) ms for \(Instant(nanoseconds: lasts).milliseconds) ms"
        let arrow = direction == .both ? "⇹" : direction == .toNode ? "↛" : "↚"
        let what =
            switch kind {
            case .cut: "cut: process \(process) \(arrow) node \(node)"
            case .isolateNode: "isolate: everyone \(arrow) node \(node)"
            case .isolateProcess: "isolate: process \(process) \(arrow) everyone"
            case .breakConnection: "break the connection of process \(process) to node \(node)"
            case .breakAll: "break all connections of process \(process)"
            case .crash: "crash node \(node), nothing forgotten"
            case .amnesia: "crash node \(node), \(keepsSnapshot ? "an old snapshot kept" : "everything forgotten")"
            case .powerCut: "crash every node, everything forgotten"
            case .freeze: "freeze node \(node)"
            case .pause: "pause process \(process)"
            case .kill: "kill process \(process)"
            case .shutDown: "shut process \(process) down"
            case .forgetScripts: "node \(node) forgets the scripts"
            case .slow: "slow link of process \(process) to node \(node)"
            case .stepClock: "step the wall clock of node \(node) by \(Instant(nanoseconds: step).milliseconds) ms"
            case .flush: "flush node \(node)"
            }
        return "\(what), \(span)"
    }
}

extension Instant {
    /// Whole milliseconds, for people.
    var milliseconds: Int64 { nanoseconds / 1_000_000 }
}

/// What goes wrong in a run, decided before it begins, so that it can be printed, kept and made smaller.
package struct FaultPlan: Hashable, Sendable {
    package var faults: [Fault]

    package init(faults: [Fault] = []) { self.faults = faults }

    package init(for options: SimulationOptions, drawing random: inout PRNG) {
        var faults: [Fault] = []
        for _ in 0..<options.faultCount {
            let kind = random.pick(options.faults)
            // From a blink to longer than any lease, short ones more often; never so short that nothing can meet it.
            let longest = random.pick([options.maxTTL / 20, options.maxTTL / 4, options.maxTTL, options.maxTTL * 2])
            var fault = Fault(
                kind: kind, at: random.between(0, options.hostile), lasts: random.between(1_000_000, longest),
                process: random.below(options.processes), node: random.below(options.nodes))
            fault.direction = random.pick([.both, .both, .toNode, .toProcess])
            fault.keepsSnapshot = random.chance(1, in: 3)
            fault.step = random.between(-options.maxTTL, options.maxTTL)
            // A restart within a few milliseconds is what forgets the most that is still held.
            if kind == .amnesia || kind == .powerCut, random.chance(2, in: 3) { fault.lasts = random.between(1_000_000, 20_000_000) }
            faults.append(fault)
        }
        self.faults = faults.sorted { ($0.at, $0.lasts, $0.node, $0.process) < ($1.at, $1.lasts, $1.node, $1.process) }
    }
}
