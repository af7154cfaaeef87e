/// A client dies between the two steps of its recipe: its connection is gone, what it has set stays.
enum ClientDies {
    private struct Died: Error {}

    /// Of both clients, as one that repairs a missing ttl sets its own.
    private static let ttl = Duration.milliseconds(200)

    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            let first = try await stage.client(Conduct { throw Died() })
            // Kept until the client is closed: a Lease that is let go of releases itself, as no dead process does.
            var hold: Hold?
            defer { withExtendedLifetime(hold) {} }
            do {
                hold = try await first.acquire("tickets", ttl: ttl, waiting: Stage.patience)
                try await hold?.release()
                throw BaselineFailure("\(recipe.name) has no point at which a client could die")
            } catch is Died {}
            await first.close()
            return [try await next(stage)]
        }
    }

    private static func next(_ stage: Stage) async throws -> Observation {
        let office = TicketOffice(tickets: 1)
        let client = try await stage.client()
        var seen = Observation()
        try await Stage.wait("the lock of a dead client") {
            if let hold = try await client.tryAcquire("tickets", ttl: ttl) {
                seen.nextGotIn = true
                let stock = try office.stock(for: hold)
                try office.sell(leaving: stock - 1, for: hold)
                return true
            }
            seen.neverExpires = try await stage.isLockedForever("tickets")
            return seen.neverExpires
        }
        (seen.tickets, seen.sold) = (office.tickets, office.sold)
        return seen
    }

    static func reason(_ seen: [Observation]) -> String {
        seen.contains { $0.neverExpires && !$0.nextGotIn }
            ? "the key has no ttl, its owner is dead: nobody gets it, ever"
            : "its key expired, and the next client got the lock"
    }
}
