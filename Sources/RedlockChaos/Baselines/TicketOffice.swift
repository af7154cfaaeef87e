import Redlock
import Synchronization

/// What the lock protects: a stock that is read, and later written as one less. If two do that at once, a ticket is sold twice.
final class TicketOffice: Sendable {
    private struct Books {
        var stock: Int
        var sold = 0
        var staleWrites = 0
    }

    let tickets: Int
    private let books: Mutex<Books>
    private let fence = FencingGuard()

    init(tickets: Int) {
        self.tickets = tickets
        books = Mutex(Books(stock: tickets))
    }

    var sold: Int { books.withLock(\.sold) }
    var staleWrites: Int { books.withLock(\.staleWrites) }

    /// How many are left. From here on no earlier holder can sell, if there are fencing tokens.
    func stock(for hold: Hold) throws -> Int {
        try fenced(hold) { books.withLock(\.stock) }
    }

    /// Sells one and writes what the seller believes is left. Whether it was sold: not if a later holder was here already.
    @discardableResult
    func sell(leaving rest: Int, for hold: Hold) throws -> Bool {
        do {
            try fenced(hold) {
                books.withLock { ($0.stock, $0.sold) = (rest, $0.sold + 1) }
            }
            return true
        } catch is StaleFencingToken {
            books.withLock { $0.staleWrites += 1 }
            return false
        }
    }

    private func fenced<Value: Sendable>(_ hold: Hold, _ effect: () throws -> Value) throws -> Value {
        guard let token = hold.fencingToken else { return try effect() }
        return try fence.write("tickets", fencingToken: token, effect)
    }
}
