import RedlockCore
package import RedlockHistory

/// One run: a cluster of simulated nodes, processes that drive the very `LeaseMachine` that ships, and everything that
/// goes wrong between them, in virtual time and all from one seed.
///
/// First the hostile phase; then all faults end, the leases are given back and the nodes' quarantines pass; then, from
/// the healing on, everyone who asks for a lock must get it. No task, no wall clock, no order of a set or a dictionary:
/// the same seed gives the same run on every machine.
package final class Simulator {
    package let options: SimulationOptions
    package let plan: FaultPlan
    package let mutant: Mutant?

    package private(set) var history = History()
    package private(set) var statistics = SimulationStatistics()
    /// Everything that happened, in lines of text; nil if nobody wants to read it.
    package internal(set) var trace: [String]?
    /// A digest of everything that happened: two runs with the same digest were the same run.
    package private(set) var digest: UInt64 = 0xCBF2_9CE4_8422_2325

    /// True time: nanoseconds since the beginning.
    var now: Int64 = 0
    var queue = EventQueue()
    var servers: [SimulatedServer] = []
    var processes: [SimulatedProcess] = []
    var connections: [SimulatedConnection] = []
    var weather: SimulatedWeather
    var network: PRNG
    var work: PRNG
    var tokens: UInt64 = 0
    var leaseCount = 0
    var isHealed = false
    /// No new work, until the healing.
    var isCalm = false
    var effects: [LeaseEffect] = []
    let resources: [LockKey]
    let drift: DriftBound

    package init(_ options: SimulationOptions, plan: FaultPlan, seed: UInt64, mutant: Mutant? = nil, traced: Bool = false) {
        self.options = options
        self.plan = plan
        self.mutant = mutant
        trace = traced ? [] : nil
        drift = mutant == .noDrift ? DriftBound(partsPerMillion: 0, constant: .zero) : options.drift
        resources = (0..<options.resources).map { LockKey("r\($0)") }
        weather = SimulatedWeather(processes: options.processes, nodes: options.nodes)
        var random = PRNG(seed: seed)
        network = random.fork()
        work = random.fork()
        var clocks = random.fork()
        setUp(&clocks)
    }

    private func setUp(_ random: inout PRNG) {
        let epoch: Int64 = 1_763_700_000_000_000_000
        for _ in 0..<options.nodes {
            let clock = SimulatedClock(
                offset: epoch + random.between(0, options.nodeSpread), gain: random.between(-options.gainMax, options.gainMax))
            // Up for long, so that nobody begins in quarantine.
            let startedAt = clock.reading(at: 0) - options.quarantine * 2 - .seconds(10)
            var node = SimulatedNode(startedAt: startedAt)
            node.expiresEarlyBy = options.earlyExpiry && random.chance(1, in: 2) ? 1 : 0
            servers.append(SimulatedServer(node: node, clock: clock))
        }
        for process in 0..<options.processes {
            let clock = SimulatedClock(
                offset: random.between(0, 1_000_000_000_000), gain: random.between(-options.gainMax, options.gainMax))
            processes.append(
                SimulatedProcess(
                    clock: clock, wallOffset: epoch + random.between(-options.hintSpread, options.hintSpread),
                    jitter: Jitter(seed: random.next()), links: Array(repeating: .init(), count: options.nodes),
                    workers: Array(repeating: SimulatedWorker(), count: options.workers)))
            startProcess(process)
        }
        for (index, fault) in plan.faults.enumerated() { queue.push(.faultBegins, at: fault.at, index) }
        queue.push(.snapshot, at: 0)
        queue.push(.calm, at: options.hostile)
    }

    // MARK: The loop

    /// Runs to the end.
    package func run() {
        while let event = queue.pop() {
            now = event.time
            statistics.events += 1
            mix(UInt64(bitPattern: now) &* 31 &+ UInt64(event.kind.rawValue))
            mix(UInt64(truncatingIfNeeded: Int64(event.a)) &* 1_000_003 &+ UInt64(truncatingIfNeeded: Int64(event.b)))
            if event.kind == .finish { return finish() }
            handle(event)
        }
    }

    private func handle(_ event: EventQueue.Event) {
        let (a, b) = (Int(event.a), Int(event.b))
        switch event.kind {
        case .arriveAtNode: arriveAtNode(a)
        case .arriveAtProcess: deliver(event, to: connections[a].process) { arriveAtProcess(a) }
        case .connect: deliver(event, to: a) { if event.c == processes[a].incarnation { connect(a, b) } }
        case .connectTimedOut: deliver(event, to: connections[a].process) { connectTimedOut(a) }
        case .stallCheck: deliver(event, to: connections[a].process) { checkStall(a) }
        case .wakeLease: deliver(event, to: a) { wakeLease(a, b, armed: event.c) }
        case .wakeRelease: deliver(event, to: a) { wakeRelease(a, b) }
        case .work: deliver(event, to: a) { work(a, b, epoch: event.c) }
        case .closes: deliver(event, to: a) { if event.c == processes[a].incarnation { close(a) } }
        case .admits: deliver(event, to: a) { if event.c == processes[a].incarnation { admitHeldBack(a) } }
        case .faultBegins: begin(a)
        case .faultEnds: end(plan.faults[a])
        case .serverStarts: startServer(a, generation: event.c)
        case .snapshot: takeSnapshots()
        case .calm: calmDown()
        case .heal: heal()
        case .finish: break
        }
    }

    /// Lets something happen in a process, if it runs; later, if it is paused; never, if it is dead.
    private func deliver(_ event: EventQueue.Event, to process: Int, _ body: () -> Void) {
        if processes[process].pausedUntil != nil {
            processes[process].deferred.append(event)
        } else if processes[process].isAlive {
            body()
        }
    }

    // MARK: Writing down

    func record(_ what: Operation.What, process: Int = Operation.world, lease: Int = 0) {
        history.append(Operation(at: Instant(nanoseconds: now), process: process, lease: lease, what))
        mix(UInt64(bitPattern: Int64(lease)) ^ UInt64(bitPattern: Int64(process)) << 32)
    }

    func count(_ path: WritableKeyPath<SimulationStatistics, Int>) { statistics[keyPath: path] += 1 }

    func say(_ text: @autoclosure () -> String) {
        if trace != nil { trace?.append("\(Instant(nanoseconds: now).text) \(text())") }
    }

    private func mix(_ value: UInt64) {
        digest = (digest ^ value) &* 0x0000_0100_0000_01B3
        digest ^= digest >> 29
    }

    private func finish() {
        for (index, server) in servers.enumerated() {
            for resource in resources {
                if case .token(let token)? = server.node.entry(.lock(resource), at: server.clock.reading(at: now))?.value {
                    record(.left(node: index, token: token.low))
                }
            }
        }
        record(.note("end"))
    }
}

/// What a run consisted of.
package struct SimulationStatistics: Hashable, Sendable {
    package var events = 0
    package var acquires = 0
    package var grants = 0
    package var extensions = 0
    package var releases = 0
    package var losses = 0
    package var commands = 0

    package init() {}

    package static func + (a: Self, b: Self) -> Self {
        var sum = a
        sum.events += b.events
        sum.acquires += b.acquires
        sum.grants += b.grants
        sum.extensions += b.extensions
        sum.releases += b.releases
        sum.losses += b.losses
        sum.commands += b.commands
        return sum
    }

    /// Lock operations: acquires, extensions and releases, whatever came of them.
    package var operations: Int { acquires + extensions + releases }
}
