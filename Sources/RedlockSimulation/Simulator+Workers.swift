import RedlockCore
import RedlockHistory

/// Who uses the locks: takes one, holds it, extends it by hand or lets it extend itself, gives it back or lets it run out.
extension Simulator {
    func plan(_ process: Int, _ worker: Int, in wait: Int64) {
        queue.push(.work, at: now + wait, process, worker, processes[process].workers[worker].epoch)
    }

    /// The worker goes on to something else: whatever was planned for it before is void.
    private func turn(_ process: Int, _ worker: Int, to phase: SimulatedWorker.Phase) {
        processes[process].workers[worker].phase = phase
        processes[process].workers[worker].epoch += 1
    }

    func work(_ process: Int, _ index: Int, epoch: Int64) {
        let worker = processes[process].workers[index]
        guard worker.epoch == epoch else { return }
        switch worker.phase {
        case .thinking: acquire(process, index)
        case .acquiring: step(process, worker.slot, .cancelled)  // it has waited long enough
        case .holding: goOn(process, index)
        case .finished: break
        }
    }

    private func acquire(_ process: Int, _ index: Int) {
        if isCalm, !isHealed || processes[process].workers[index].rounds == 0 { return turn(process, index, to: .finished) }
        if processes[process].isShutDown { return }
        if processes[process].heldBack != nil {
            processes[process].heldBack?.append(index)
            return
        }
        if isHealed { processes[process].workers[index].rounds -= 1 }
        leaseCount += 1
        count(\.acquires)
        let resource = resources[work.below(resources.count)]
        let terms = terms(process)
        turn(process, index, to: .acquiring)
        let slots = processes[process].leases
        let firstRound = RoundID(slots.uses(of: slots.nextID))
        tokens += 1
        let token = LockToken(high: 0, low: tokens)
        let slot = processes[process].leases.insert(
            .init(
                machine: LeaseMachine(terms: terms, firstRound: firstRound), id: leaseCount, resource: resource, worker: index,
                token: token, sentAt: localTime(of: process)))
        processes[process].workers[index].slot = slot
        processes[process].workers[index].lease = leaseCount
        record(.acquire(resource: resource.name), process: process, lease: leaseCount)
        if !isHealed, work.chance(options.cancels, in: 16) { plan(process, index, in: work.between(0, options.maxTTL)) }
        let seed = processes[process].jitter.next()
        step(process, slot, .started(token: token, seed: seed))
    }

    private func terms(_ process: Int) -> LeaseTerms {
        let ttl = Nanoseconds.milliseconds(work.between(options.shortestTTL, options.maxTTL) / 1_000_000)
        let local = localTime(of: process)
        let patience: Nanoseconds = isHealed ? .seconds(60) : Nanoseconds(work.between(0, options.maxTTL * 3))
        let extendsItself = !isHealed && work.chance(options.extendsItself, in: 16)
        let limit = Nanoseconds(work.between(options.maxTTL / 2, options.maxTTL * 4))
        let fencing =
            switch options.fencing {
            case .always: true
            case .never: false
            case .mixed: work.chance(1, in: 2)
            }
        return LeaseTerms(
            quorum: Quorum(nodes: options.nodes), ttl: ttl, drift: drift,
            attemptTimeout: min(Nanoseconds(options.attemptTimeout), ttl / 2),
            giveUpAt: isHealed || work.chance(3, in: 4) ? local + patience : nil,
            retry: RetrySchedule(base: .milliseconds(2), cap: Nanoseconds(options.retryCap)), safetyMargin: ttl / 10,
            autoExtension: extendsItself ? AutoExtension(maximumHold: work.chance(1, in: 2) ? limit : nil) : nil, fencing: fencing)
    }

    func granted(_ process: Int, _ lease: SimulatedProcess.LeaseSlot) {
        let worker = lease.worker
        turn(process, worker, to: .holding)
        let ttl = lease.machine.terms.ttl.count
        let hold: Int64 =
            isHealed ? 2_000_000 : work.pick([ttl / 50, ttl / 4, ttl, lease.machine.terms.autoExtension == nil ? ttl * 2 : ttl * 4])
        let byHand = !isHealed && work.chance(options.extendsByHand, in: 16)
        processes[process].workers[worker].holdsUntil = now + work.between(0, hold)
        processes[process].workers[worker].extendsEvery = byHand ? work.between(ttl / 8, ttl) : 0
        processes[process].workers[worker].overstays = !isHealed && work.chance(options.overstays, in: 16)
        planNext(process, worker)
    }

    private func planNext(_ process: Int, _ index: Int) {
        let worker = processes[process].workers[index]
        let left = max(worker.holdsUntil - now, 0)
        plan(process, index, in: worker.extendsEvery > 0 ? min(worker.extendsEvery, left) : left)
    }

    /// A holder's next step: one more extension, or the end.
    private func goOn(_ process: Int, _ index: Int) {
        let worker = processes[process].workers[index]
        guard processes[process].leases[worker.slot]?.id == worker.lease else { return }
        if now < worker.holdsUntil, !isCalm {
            if processes[process].isShutDown { return plan(process, index, in: worker.holdsUntil - now) }
            count(\.extensions)
            let ttl = Nanoseconds.milliseconds(work.between(options.shortestTTL, options.maxTTL) / 1_000_000)
            processes[process].leases[worker.slot]?.extensionsWanted.append(ttl)
            planNext(process, index)
            return beginExtension(process, worker.slot)
        }
        // Who overstays does nothing more: the lease runs out, unless it extends itself for ever.
        let isEndless = processes[process].leases[worker.slot]?.machine.terms.autoExtension.map { $0.maximumHold == nil } ?? false
        if worker.overstays, !isEndless, !isCalm { return }
        giveBack(process, index)
    }

    private func beginExtension(_ process: Int, _ slot: Int) {
        guard let lease = processes[process].leases[slot], !lease.machine.isExtending, let ttl = lease.extensionsWanted.first else {
            return
        }
        processes[process].leases[slot]?.extensionsWanted.removeFirst()
        step(process, slot, .extensionRequested(ttl: ttl))
    }

    func giveBack(_ process: Int, _ index: Int) {
        let worker = processes[process].workers[index]
        count(\.releases)
        record(.released, process: process, lease: worker.lease)
        step(process, worker.slot, .releaseRequested)
        over(process, index)
    }

    func toldToStop(_ process: Int, _ lease: SimulatedProcess.LeaseSlot) {
        guard processes[process].workers[lease.worker].lease == lease.id, !work.chance(options.ignoresStop, in: 16) else { return }
        processes[process].workers[lease.worker].holdsUntil = now
        processes[process].workers[lease.worker].overstays = false
        processes[process].workers[lease.worker].epoch += 1
        plan(process, lease.worker, in: work.between(0, options.maxTTL / 20))
    }

    /// The handle is done with; the worker thinks of the next.
    func over(_ process: Int, _ worker: Int) {
        turn(process, worker, to: .thinking)
        plan(
            process, worker,
            in: isHealed ? work.between(0, 20_000_000) : work.between(0, work.pick([2_000_000, options.maxTTL / 8, options.maxTTL])))
    }
}
