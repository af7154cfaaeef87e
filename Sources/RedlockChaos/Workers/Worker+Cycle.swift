import Redlock
import RedlockCore
import RedlockHistory
import RedlockSimulation

extension Worker {
    /// One use of a lock. How, is drawn from the seed; most uses are short and well behaved.
    func cycle(_ random: inout PRNG) async {
        let resource = WorkerPlan.resource(random.below(plan.resources))
        let thinking = Duration.milliseconds(random.between(1, 25))
        let waiting = Duration.milliseconds(random.between(200, 3_000))
        let dice = random.below(100)
        let factor = random.between(110, 220)
        switch dice {
        case ..<66: await brief(resource, waiting, thinking)
        case ..<76: await scoped(resource, waiting, thinking)
        case ..<80: await extendingByHand(resource, waiting, thinking)
        case ..<85: await selfExtending(resource, waiting, plan.ttl * Double(factor) / 100)
        case ..<91: await abandoned(resource, waiting)
        case ..<95: await careless(resource, waiting, plan.ttl * Double(factor) / 100)
        default: await cancelled(resource, waiting, after: .milliseconds(random.between(0, 12)), thinking)
        }
        try? await Task.sleep(for: .milliseconds(random.between(5, 60)))
    }

    /// Acquire, change, release.
    private func brief(_ resource: String, _ waiting: Duration, _ thinking: Duration) async {
        guard let holding = await acquire(resource, waiting: waiting) else { return }
        await change(holding, thinking: thinking)
        await holding.release()
    }

    /// The same by `withLock`.
    private func scoped(_ resource: String, _ waiting: Duration, _ thinking: Duration) async {
        let id = lease()
        file.note(.acquire(resource: resource), lease: id)
        do {
            try await redlock.withLock(resource, ttl: plan.ttl, waiting: waiting) { lease in
                let holding = Holding(lease, id: id, in: self.file)
                await self.change(holding, thinking: thinking)
                holding.noteEnd()
            }
        } catch let error as RedlockError where error.code != .lost {
            file.note(.refused("\(error.code)"), lease: id)
        } catch {}
    }

    private func extendingByHand(_ resource: String, _ waiting: Duration, _ thinking: Duration) async {
        guard let holding = await acquire(resource, waiting: waiting) else { return }
        for _ in 0..<3 {
            await holding.keep(for: plan.ttl / 4)
            await holding.extend()
        }
        await change(holding, thinking: thinking)
        await holding.release()
    }

    private func selfExtending(_ resource: String, _ waiting: Duration, _ hold: Duration) async {
        guard let holding = await acquire(resource, waiting: waiting, options: .extending) else { return }
        await change(holding, thinking: .milliseconds(5))
        await holding.keep(for: hold)
        await change(holding, thinking: .milliseconds(5))
        await holding.release()
    }

    /// Nobody extends, and the lease is relied on up to the last moment of its validity, whatever is told before.
    func abandoned(_ resource: String, _ waiting: Duration, ttl: Duration? = nil) async {
        guard let holding = await acquire(resource, ttl: ttl, waiting: waiting) else { return }
        _ = await holding.lease.loss
        try? await Task.sleep(for: holding.lease.remainingValidity)
        await holding.release()
    }

    /// Reads, is held up for longer than its lease, and writes all the same: the resource must turn it away if anybody has
    /// been there since.
    private func careless(_ resource: String, _ waiting: Duration, _ delay: Duration) async {
        guard let holding = await acquire(resource, waiting: waiting) else { return }
        await change(holding, thinking: delay, carefully: false)
        await holding.release()
    }

    private func cancelled(_ resource: String, _ waiting: Duration, after delay: Duration, _ thinking: Duration) async {
        let attempt = Task { await self.brief(resource, waiting, thinking) }
        try? await Task.sleep(for: delay)
        attempt.cancel()
        await attempt.value
    }

    /// A read-modify-write of the protected resource: what is lost without a lock.
    ///
    /// - Parameter carefully: whether to look at the lease once more before the write.
    func change(_ holding: Holding, thinking: Duration, carefully: Bool = true) async {
        let lease = holding.lease
        guard lease.isValid else { return }
        do {
            let text = try await vault.get(lease.resource, fencingToken: lease.fencingToken)
            file.note(.read(value: text.flatMap { UInt64($0) } ?? 0), lease: holding.id)
            try? await Task.sleep(for: thinking)
            guard !carefully || lease.isValid else { return }
            let value = UInt64(holding.id) * 100 + UInt64(holding.changes)
            holding.changes += 1
            file.note(.writes(value: value), lease: holding.id)
            try await vault.set(lease.resource, to: "\(value)", fencingToken: lease.fencingToken)
            file.note(.wrote, lease: holding.id)
        } catch is StaleFencingToken {
            file.note(.turnedAway, lease: holding.id)
        } catch {
            // Whether it was written will be known when somebody reads it, or never.
        }
    }
}
