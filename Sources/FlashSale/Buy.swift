import ArgumentParser
import Redlock

/// One process of buyers. The conductor starts five of these, as five servers of a real service would be started.
struct Buy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "One process of buyers; started by demo.", shouldDisplay: false)

    @Option(help: "The shop's database.")
    var shop: String

    @Option(help: "Which of the processes this is, from 1 on.")
    var process: Int

    @Flag(help: "Buy under the lock.")
    var locked = false

    func run() async throws {
        let shop = try await Shop(connectingTo: shop)
        defer { shop.close() }
        let redlock = locked ? try Redlock(configuration: Sale.lockConfiguration()) : nil

        try await shop.noteProcessReady()
        try await shop.waitUntilOpen()
        try await withThrowingDiscardingTaskGroup { group in
            for number in 1...Sale.buyersPerProcess {
                let buyer = Buyer(name: "buyer \((process - 1) * Sale.buyersPerProcess + number)", shop: shop)
                group.addTask { try await serve(buyer, with: redlock) }
            }
        }
        await redlock?.shutdown()
    }

    /// Lets one buyer buy, and tells the shop what came of it.
    private func serve(_ buyer: Buyer, with redlock: Redlock?) async throws {
        let outcome: Buyer.Outcome
        do {
            outcome = if let redlock { try await buyer.buy(with: redlock) } else { try await buyer.buyWithoutLock() }
        } catch {
            return try await buyer.shop.noteFailure("\(buyer.name): \(error)")
        }
        if outcome == .turnedAway { try await buyer.shop.noteTurnedAway(buyer.name) }
    }
}
