import Foundation
import Logging
import Redlock
import RedlockCore
import RedlockHistory
import RedlockNode
import RedlockSimulation
import Synchronization

/// A client process at work: it locks, changes the protected resource, unlocks, and writes down all of it.
final class Worker: Sendable {
    let plan: WorkerPlan
    let redlock: Redlock
    let vault: RedisFencingGuard
    let file: HistoryFile
    private let phase = Mutex(WorkerPhase.work)
    private let nextLease: Atomic<Int>

    init(_ plan: WorkerPlan) async throws {
        self.plan = plan
        file = try HistoryFile(plan.history, process: plan.process)
        nextLease = Atomic(plan.firstLease)
        var configuration = RedlockConfiguration(nodes: plan.nodes)
        configuration.keyPrefix = WorkerPlan.keyPrefix
        configuration.maxTTL = plan.maxTTL
        configuration.quarantinesRestartedNodes = plan.quarantine
        configuration.connection.stallTimeout = .milliseconds(1500)
        configuration.connection.clientName = "chaos-\(plan.process)"
        var logger = Logger(label: "redlock", factory: { StreamLogHandler.standardError(label: $0) })
        logger.logLevel = .notice
        redlock = try Redlock(configuration: configuration, logger: logger)
        vault = try await RedisFencingGuard(plan.vault)
        Pulse.start(margin: WorkerPlan.safetyMargin(ttlMilliseconds: plan.ttlMilliseconds), in: file)
    }

    /// Hears what the harness says. When the harness is gone, so is this process.
    func listen() {
        Thread.detachNewThread {
            while let line = readLine() {
                if let phase = WorkerPhase(rawValue: line) { self.phase.withLock { $0 = phase } }
            }
            exit(0)
        }
    }

    var currentPhase: WorkerPhase { phase.withLock { $0 } }

    func lease() -> Int { nextLease.add(1, ordering: .relaxed).oldValue }

    func run() async {
        var random = PRNG(seed: plan.seed)
        var done: WorkerPhase?
        while true {
            let phase = currentPhase
            switch phase {
            case .work: await cycle(&random)
            case .flood: await flood(&random)
            case .cling: await abandoned(sharedWithNeighbour, .seconds(1), ttl: plan.maxTTL)
            case .pounce: await pounce()
            case .burst: await burst()
            case .settle where done != .settle: await settle()
            case .settle, .rest:
                if done != phase { file.note(.note(phase.rawValue)) }
                try? await Task.sleep(for: .milliseconds(10))
            case .finish:
                await redlock.shutdown()
                return
            }
            done = phase
        }
    }

    // MARK: Ways to ask

    /// Asks, and writes down how it went.
    func acquire(_ resource: String, ttl: Duration? = nil, waiting: Duration, options: LeaseOptions = .manual) async -> Holding? {
        let id = lease()
        file.note(.acquire(resource: resource), lease: id)
        do {
            return Holding(try await redlock.acquire(resource, ttl: ttl ?? plan.ttl, waiting: waiting, options: options), id: id, in: file)
        } catch {
            // Every error of acquire means: not held.
            file.note(.refused("\(error.code)"), lease: id)
            return nil
        }
    }

    /// The lock that clients 1 and 2 are after, or 3 and 4, and so on.
    private var sharedWithNeighbour: String { WorkerPlan.resource((plan.process - 1) / 2 % plan.resources) }

    private func pounce() async {
        await snatch(sharedWithNeighbour, for: .milliseconds(30))
        try? await Task.sleep(for: .milliseconds(1))
    }

    /// Takes a lock if it can be had at once, and gives it back. Only grants are worth a line: there are many attempts.
    private func snatch(_ resource: String, for duration: Duration = .zero) async {
        let asked = BootClock.now()
        guard let lease = try? await redlock.tryAcquire(resource, ttl: plan.ttl) else { return }
        let id = self.lease()
        file.note(.acquire(resource: resource), lease: id, at: asked)
        let holding = Holding(lease, id: id, in: file)
        await holding.keep(for: duration)
        await holding.release()
    }

    /// Everybody at once, and no patience.
    private func burst() async {
        if let holding = await acquire(WorkerPlan.resource(0), ttl: plan.maxTTL, waiting: .zero) { await holding.release() }
        try? await Task.sleep(for: .milliseconds(2))
    }

    private func settle() async {
        for index in 0..<plan.resources {
            guard let holding = await acquire(WorkerPlan.resource(index), waiting: .seconds(20)) else { continue }
            await change(holding, thinking: .milliseconds(5))
            await holding.release()
        }
        file.note(.note(WorkerPhase.settle.rawValue))
    }

    /// Many short attempts beside each other.
    private func flood(_ random: inout PRNG) async {
        let seeds = (0..<8).map { _ in random.next() }
        await withTaskGroup { group in
            for seed in seeds {
                group.addTask {
                    var random = PRNG(seed: seed)
                    for _ in 0..<20 {
                        await self.snatch(WorkerPlan.resource(random.below(self.plan.resources)))
                        try? await Task.sleep(for: .milliseconds(3))
                    }
                }
            }
        }
    }
}
