import Redlock

/// Fifty want one of ten tickets at the same moment.
enum FiftyBuyers {
    private static let buyers = 50
    private static let tickets = 10

    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            let office = TicketOffice(tickets: tickets)
            let clients = try await connect(stage)
            let ttl = recipe.deployment.longTTL
            try await withThrowingTaskGroup { group in
                for client in clients {
                    group.addTask { while try await !isServed(client, office, ttl) {} }
                }
                try await group.waitForAll()
            }
            return [Observation(tickets: tickets, sold: office.sold, staleWrites: office.staleWrites, nextGotIn: true)]
        }
    }

    /// All before anybody buys, so that they come at once.
    private static func connect(_ stage: Stage) async throws -> [any LockRecipe] {
        try await withThrowingTaskGroup { group in
            for _ in 0..<buyers {
                group.addTask { try await stage.client() }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }

    /// Whether the buyer has a ticket or knows that there are none; not if it lost its lock over it.
    private static func isServed(_ client: any LockRecipe, _ office: TicketOffice, _ ttl: Duration) async throws -> Bool {
        guard let hold = try await client.acquire("tickets", ttl: ttl, waiting: Stage.patience * 2) else {
            throw BaselineFailure("a buyer waited \(Stage.patience * 2) for the lock")
        }
        let isServed: Bool
        do {
            let stock = try office.stock(for: hold)
            // The bank takes its time.
            if stock > 0 { try await Task.sleep(for: .milliseconds(5)) }
            isServed = try stock == 0 || office.sell(leaving: stock - 1, for: hold)
        } catch is StaleFencingToken {
            isServed = false
        }
        try await hold.release()
        return isServed
    }

    static func reason(_ seen: [Observation]) -> String {
        let sold = seen.reduce(0) { $0 + $1.sold }
        let tickets = seen.reduce(0) { $0 + $1.tickets }
        return sold > tickets ? "\(sold) sold of \(tickets): buyers read the same stock" : "\(sold) sold of \(tickets), one buyer at a time"
    }
}
