import Redlock

/// A customer who wants one ticket.
///
/// Buying is a read, a pause and a write. Between the read and the write somebody else can do the same, and then one
/// ticket is sold twice: that is what the lock is for.
struct Buyer: Sendable {
    enum Outcome {
        case bought, turnedAway
    }

    let name: String
    let shop: Shop

    /// Buys while holding the lock "tickets": of all buyers in all processes, one at a time.
    ///
    /// The lease extends itself while the closure runs. Should it be lost all the same, the closure's task is cancelled
    /// and `withLock` throws; a write still on its way is rejected by the shop once the next holder, who has a larger
    /// fencing token, has been there.
    func buy(with redlock: Redlock) async throws -> Outcome {
        let asked = ContinuousClock.now
        return try await redlock.withLock("tickets", ttl: Sale.ttl) { lease in
            try await shop.noteWait(ContinuousClock.now - asked)
            return try await buy(fencingToken: lease.fencingToken)
        }
    }

    /// The same in the hope that nobody else is buying just now.
    func buyWithoutLock() async throws -> Outcome {
        try await buy(fencingToken: nil)
    }

    private func buy(fencingToken: UInt64?) async throws -> Outcome {
        let stock = try await shop.stock(fencingToken: fencingToken)
        guard stock > 0 else { return .turnedAway }
        try await pay()
        try await shop.sell(to: name, leaving: stock - 1, fencingToken: fencingToken)
        return .bought
    }

    /// The bank takes its time.
    private func pay() async throws {
        try await Task.sleep(for: .milliseconds(.random(in: 200...300)))
    }
}
