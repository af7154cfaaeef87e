/// A client dies between the two steps of its recipe: its connection is gone, what it has set stays.
enum ClientDies {
    private struct Died: Error {}

    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            // On a slow machine the ttl can be over before anybody has looked; then it gets more time.
            for attempt in 0..<6 {
                let ttl = min(Duration.milliseconds(200) * (1 << attempt), recipe.deployment.longTTL)
                let key = "tickets-\(attempt)"
                if try await dies(stage, key, ttl), try await stage.isLocked(key) { return [try await next(stage, key, ttl)] }
            }
            throw BaselineFailure("in six runs no client died with a lock that was still there")
        }
    }

    /// Whether it was caught between its two steps: not if its release found that the lock was over already.
    private static func dies(_ stage: Stage, _ key: String, _ ttl: Duration) async throws -> Bool {
        let client = try await stage.client(Conduct { throw Died() })
        // Kept until the client is closed: a Lease that is let go of releases itself, as no dead process does.
        var hold: Hold?
        defer { withExtendedLifetime(hold) {} }
        do {
            hold = try await client.acquire(key, ttl: ttl, waiting: Stage.patience)
            try await hold?.release()
            return false
        } catch is Died {
            await client.close()
            return true
        }
    }

    /// - Parameter ttl: that of the dead client too, since who repairs a missing ttl sets its own.
    private static func next(_ stage: Stage, _ key: String, _ ttl: Duration) async throws -> Observation {
        let office = TicketOffice(tickets: 1)
        let client = try await stage.client()
        var seen = Observation()
        try await Stage.wait("the lock of a dead client") {
            if let hold = try await tried(client, key, ttl) {
                seen.nextGotIn = true
                let stock = try office.stock(for: hold)
                try office.sell(leaving: stock - 1, for: hold)
                return true
            }
            seen.neverExpires = try await stage.isLockedForever(key)
            return seen.neverExpires
        }
        (seen.tickets, seen.sold) = (office.tickets, office.sold)
        return seen
    }

    private static func tried(_ client: any LockRecipe, _ key: String, _ ttl: Duration) async throws -> Hold? {
        do {
            return try await client.tryAcquire(key, ttl: ttl)
        } catch  where error.meansNoAnswer {
            return nil
        }
    }

    static func reason(_ seen: [Observation]) -> String {
        seen.contains { $0.neverExpires && !$0.nextGotIn }
            ? "the key has no ttl, its owner is dead: nobody gets it, ever"
            : "its key expired, and the next client got the lock"
    }
}
