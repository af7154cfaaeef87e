import Synchronization

/// One client has the lock, something happens, a second one tries, then the first goes on and gives back.
///
/// All of it in this order, whatever the machine does: what happens is called where the first client would stand still.
final class Handover: Sendable {
    /// Where the first client is caught.
    enum Moment: Sendable {
        /// While it works.
        case working
        /// Between the two steps of its release.
        case releasing
    }

    /// The release found that the lock was not its own any more, so it never was between its two steps.
    struct CameTooLate: Error {}

    private let stage: Stage
    private let key: String
    private let moment: Moment
    private let happening: @Sendable () async throws -> Void
    private let office = TicketOffice(tickets: 1)
    private let second = Mutex(Second())

    private struct Second {
        var hasTried = false
        var client: (any LockRecipe)?
        var hold: Hold?
        var unreachable = false
    }

    init(
        _ stage: Stage, key: String = "tickets", caught moment: Moment = .working, _ happening: @escaping @Sendable () async throws -> Void
    ) {
        self.stage = stage
        self.key = key
        self.moment = moment
        self.happening = happening
    }

    /// - Parameters:
    ///   - ttl: the first client's; the second one's is long.
    ///   - standsStill: whether nothing can extend the first client's lock.
    func run(ttl: Duration, standsStill: Bool = false) async throws -> Observation {
        var conduct = Conduct(standsStill: standsStill)
        if moment == .releasing { conduct.betweenSteps = { try await self.meanwhile() } }
        let client = try await stage.client(conduct)
        guard let hold = try await client.acquire(key, ttl: ttl, waiting: Stage.patience) else {
            throw BaselineFailure("nobody had the lock, and it was not given")
        }
        let stock = try office.stock(for: hold)
        if moment == .working { try await meanwhile() }
        try office.sell(leaving: stock - 1, for: hold)
        let gaveBack = try await release(hold)
        return try await conclude(gaveBack)
    }

    /// The second client comes, and if it gets in, its work is quick.
    private func meanwhile() async throws {
        try await happening()
        second.withLock { $0.hasTried = true }
        do {
            let client = try await stage.client()
            second.withLock { $0.client = client }
            if let hold = try await tried(client) {
                second.withLock { $0.hold = hold }
                try work(hold)
            }
        } catch  where error.meansNoAnswer {
            second.withLock { $0.unreachable = true }
        }
    }

    /// More than once, since votes can come in any order, or late.
    private func tried(_ client: any LockRecipe) async throws -> Hold? {
        var silence: (any Error)?
        for _ in 0..<10 {
            do {
                if let hold = try await client.tryAcquire(key, ttl: stage.recipe.deployment.longTTL) { return hold }
                silence = nil
            } catch  where error.meansNoAnswer {
                silence = error
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        if let silence { throw silence }
        return nil
    }

    private func acquired(_ client: any LockRecipe) async throws -> Hold? {
        do {
            return try await client.acquire(key, ttl: stage.recipe.deployment.longTTL, waiting: Stage.patience)
        } catch  where error.meansNoAnswer {
            return nil
        }
    }

    private func work(_ hold: Hold) throws {
        let stock = try office.stock(for: hold)
        if stock > 0 { try office.sell(leaving: stock - 1, for: hold) }
    }

    /// Whether there was somebody to give it back to. A connection that has just been lost is made again.
    private func release(_ hold: Hold) async throws -> Bool {
        for _ in 0..<3 {
            do {
                try await hold.release()
                return true
            } catch  where error.meansNoAnswer {
                continue
            }
        }
        return false
    }

    private func conclude(_ gaveBack: Bool) async throws -> Observation {
        let second = second.withLock { $0 }
        guard second.hasTried else { throw CameTooLate() }
        var seen = Observation(unreachable: second.unreachable || !gaveBack)
        if let hold = second.hold {
            (seen.nextGotIn, seen.nextGotInEarly) = (true, true)
            let isLocked = try await stage.isLocked(key)
            // A lease that ended by itself was not taken away; nor was one that ends while we look.
            seen.nextLostItsLock = !isLocked && hold.isValid()
            if seen.nextLostItsLock { seen.thirdGotIn = try await tried(stage.client()) != nil }
        } else if gaveBack, let client = second.client, let hold = try await acquired(client) {
            seen.nextGotIn = true
            try work(hold)
        }
        (seen.tickets, seen.sold, seen.staleWrites) = (office.tickets, office.sold, office.staleWrites)
        return seen
    }
}
