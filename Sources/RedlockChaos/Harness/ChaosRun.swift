import Foundation
import RedlockCore
import RedlockHistory
import RedlockNode
import RedlockServers
import RedlockSimulation
import Synchronization

/// One run, from the start of the servers to the verdict.
final class ChaosRun: Sendable {
    let plan: RunPlan
    let log = RunLog()
    let collector = HistoryCollector()
    private let screen: RunScreen
    private let interruption = Atomic<Bool>(false)
    private let hasCrashed = Atomic<Bool>(false)
    private let violations = Mutex<[RunVerdict.Violation]>([])
    private let hangs = Mutex<[RunVerdict.Violation]>([])
    private let startedAt = BootClock.now()
    private let firstViolationAfter = Mutex<Nanoseconds?>(nil)

    /// Nemeses for which this machine lacks something are left out, and that is said.
    init(_ plan: RunPlan, screen: RunScreen) {
        var plan = plan
        for nemesis in plan.nemeses {
            if let missing = nemesis.missing { screen.say("skipped \(nemesis.name): \(missing)") }
        }
        plan.nemeses.removeAll { $0.missing != nil }
        self.plan = plan
        self.screen = screen
    }

    /// Ends the run as soon as possible, with a report.
    func interrupt() { interruption.store(true, ordering: .relaxed) }

    var isInterrupted: Bool { interruption.load(ordering: .relaxed) }

    func run() async throws -> RunResult {
        try prepareFolder()
        screen.say("starting \(plan.nodes) nodes and \(plan.clients) clients, seed \(plan.seed)")
        let arena = try await Arena.start(plan, log: log)
        do {
            for client in 0..<plan.clients { try await arena.crew.start(client) }
        } catch {
            await arena.stop()
            throw error
        }
        let watching = Task { await watch(arena) }
        let isComplete = await phases(arena)
        let crashes = arena.crew.crashes
        await arena.stop()
        watching.cancel()
        await watching.value
        collector.collect(arena.crew.histories)
        return judge(crashes, isComplete: isComplete)
    }

    /// What an earlier run has left in the same folder must not be taken for part of this one.
    private func prepareFolder() throws {
        let files = FileManager.default
        let clients = "\(plan.folder)/clients"
        do {
            try files.createDirectory(atPath: clients, withIntermediateDirectories: true)
            for name in try files.contentsOfDirectory(atPath: clients) where name.hasPrefix("client-") {
                try files.removeItem(atPath: "\(clients)/\(name)")
            }
        } catch {
            throw HarnessFailure("the folder \(clients) cannot be used: \(error.localizedDescription); choose another with --report")
        }
    }

    private func judge(_ crashes: [Crew.Crash], isComplete: Bool) -> RunResult {
        screen.say("checking \(collector.tally.operations) operations")
        let now = BootClock.now()
        log.note(.note("end"), at: now)
        let history = collector.history(with: log.operations)
        let verdict = RunVerdict(
            history, faults: log.faults, plan: plan,
            clients: crashes.filter { !$0.isHarnessFailure }.map {
                .init(checker: "no crash", evidence: Evidence($0.sentence, at: now), excuse: nil)
            } + hangs.withLock(\.self),
            failures: log.failures, gaps: crashes.filter(\.isHarnessFailure).map(\.sentence) + collector.unreadable, isComplete: isComplete)
        if !verdict.broken.isEmpty { noteViolation() }
        return RunResult(
            plan: plan, history: history, faults: log.faults, verdict: verdict, startedAt: startedAt,
            firstViolationAfter: verdict.broken.isEmpty ? nil : firstViolationAfter.withLock(\.self))
    }

    // MARK: Phases

    /// Whether the run got to its end.
    private func phases(_ arena: Arena) async -> Bool {
        screen.phase("quarantine of the fresh nodes")
        guard await wait(plan.quarantineSeconds) else { return false }
        screen.phase("healthy")
        guard await wait(2) else { return false }
        await makeFaults(in: arena)
        arena.crew.tell(.work)
        screen.phase("healing")
        guard !isInterrupted, await wait(plan.quarantineSeconds + 1) else { return false }

        screen.phase("contention")
        arena.crew.tell(.burst)
        guard await wait(1.5) else { return false }
        arena.crew.tell(.rest)
        guard await waitForClients({ $0.resting }, "come to rest") else { return false }
        await lookForOrphans(in: arena)

        screen.phase("settling")
        let liveBy = BootClock.now() + .seconds(30)
        log.note(.healed(liveBy: liveBy, cleanWithin: .seconds(1)))
        arena.crew.tell(.settle)
        if await !waitForClients({ $0.settled }, "get every lock") { log.note(.note("not live"), at: liveBy) }
        return true
    }

    private func makeFaults(in arena: Arena) async {
        screen.phase("faults")
        let schedule = NemesisSchedule(
            plan.nemeses, milliseconds: plan.milliseconds, ttl: plan.ttlMilliseconds, quarantine: Int64(plan.quarantineSeconds * 1_000),
            seed: plan.seed)
        await withTaskGroup { group in
            let start = ContinuousClock.now
            // Those of one nemesis one after the other, also if undoing one takes longer than planned.
            for faults in Dictionary(grouping: schedule.faults, by: \.nemesis).values {
                group.addTask {
                    for fault in faults {
                        guard await self.wait(until: start + .milliseconds(fault.at)) else { return }
                        if start + .milliseconds(fault.at + fault.duration) < .now { continue }
                        await self.make(fault, in: arena)
                    }
                }
            }
            group.addTask { _ = await self.wait(until: start + .milliseconds(self.plan.milliseconds)) }
        }
    }

    private func make(_ fault: NemesisSchedule.Fault, in arena: Arena) async {
        let nemesis = plan.nemeses[fault.nemesis]
        var random = PRNG(seed: fault.seed)
        let number = log.begin(nemesis)
        do {
            let injection = try await nemesis.inject(into: arena, &random)
            log.describe(number, injection)
            screen.say("\(nemesis.name): \(injection.detail)")
            _ = await wait(until: .now + .milliseconds(fault.duration))
            try await injection.undo()
        } catch {
            log.fail("nemesis \(nemesis.name): \(error)")
        }
        log.end(number)
    }

    /// Nobody holds or wants anything, and no key is due to expire yet: what is there was left behind.
    private func lookForOrphans(in arena: Arena) async {
        let deadline = ContinuousClock.now + .milliseconds(700)
        var remaining = await arena.remainingKeys()
        while !remaining.isEmpty, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(50))
            remaining = await arena.remainingKeys()
        }
        for key in remaining { log.note(.left(node: key.node, token: key.token)) }
    }

    // MARK: Waiting

    /// False if the run was interrupted meanwhile.
    private func wait(_ seconds: Double) async -> Bool { await wait(until: .now + .seconds(seconds)) }

    private func wait(until end: ContinuousClock.Instant) async -> Bool {
        while ContinuousClock.now < end {
            if isInterrupted || shouldStopEarly { return false }
            try? await Task.sleep(for: min(.milliseconds(50), end - .now))
        }
        return true
    }

    /// Without its clients a run is worth nothing.
    private var shouldStopEarly: Bool {
        hasCrashed.load(ordering: .relaxed) || plan.stopsAtViolation && violations.withLock { $0.contains { $0.excuse == nil } }
    }

    private func waitForClients(_ count: (HistoryCollector.Tally) -> Int, _ what: String) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(40)
        while ContinuousClock.now < deadline {
            if count(collector.tally) >= plan.clients { return true }
            if isInterrupted || shouldStopEarly { return false }
            try? await Task.sleep(for: .milliseconds(50))
        }
        let hang = Evidence("some client did not \(what) within 40 s, although everything had healed", at: BootClock.now())
        hangs.withLock { $0.append(.init(checker: "no hang", evidence: hang, excuse: nil)) }
        return false
    }

    // MARK: Watching

    /// Reads along, checks again and again, and shows where the run is.
    private func watch(_ arena: Arena) async {
        var nextCheck = ContinuousClock.now + .seconds(2)
        while !Task.isCancelled {
            collector.collect(arena.crew.histories)
            if let crash = arena.crew.crashes.first, !hasCrashed.exchange(true, ordering: .relaxed) {
                screen.say(crash.sentence)
                if !crash.isHarnessFailure { noteViolation() }
            }
            if ContinuousClock.now >= nextCheck {
                let started = ContinuousClock.now
                check()
                // The longer the history the rarer, so that checking takes at most a tenth of one core.
                nextCheck = .now + max(.seconds(2), (ContinuousClock.now - started) * 10)
            }
            let tally = collector.tally
            screen.show(
                tally, faults: log.faults.filter { $0.until == nil }.map(\.nemesis), violations: violations.withLock(\.self))
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    private func check() {
        // What happened in the last second before the files were read may not be written, or not be read, completely.
        let history = collector.history(with: log.operations, until: collector.readAt - .seconds(1))
        let found = RunVerdict.soFar(history, faults: log.faults, plan: plan)
        violations.withLock { $0 = found }
        if found.contains(where: { $0.excuse == nil }) { noteViolation() }
    }

    private func noteViolation() {
        firstViolationAfter.withLock { if $0 == nil { $0 = BootClock.now() - startedAt } }
    }
}
