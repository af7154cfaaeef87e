import ArgumentParser
import Foundation

/// The demo as a whole.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Sell ten tickets to fifty buyers, twice.",
        discussion: """
            Needs five running lock nodes, whose URLs are in REDLOCK_NODES, and a database for the shop. ./cluster.sh demo sees to both.

            Exit codes: 0 exactly ten tickets were sold under the lock and forty buyers turned away; 1 anything else; 2 the demo itself failed.
            """)

    @Option(help: "The cluster.sh that kills and starts nodes.")
    var cluster: String

    @Option(help: "The state directory of that cluster.")
    var dir: String

    @Option(help: "The URL of the shop's database, a Redis that is not one of the nodes.")
    var shop: String

    func run() async throws {
        Interruption.watch()
        let screen = Screen()
        do {
            let summary = try await unlessInterrupted { try await conduct(screen) }
            for line in summary.lines(screen.style) { await screen.print(line) }
            if !summary.isRight { throw ExitCode(1) }
        } catch let code as ExitCode {
            throw code
        } catch {
            await screen.endStatus(keeping: true)
            // A signal often goes to the child processes as well, and their end may be noticed first.
            Interruption.noted?.end()
            try? FileHandle.standardError.write(contentsOf: Data("FlashSale: the demo failed: \(error)\n".utf8))
            throw ExitCode(2)
        }
    }

    private func conduct(_ screen: Screen) async throws -> Summary {
        let nodes = try NodeWatch(urls: Sale.nodes())
        try await nodes.start()
        let shop = try await Shop(connectingTo: shop)
        let conductor = Conductor(
            screen: screen, shopURL: self.shop, shop: shop, cluster: Cluster(script: cluster, directory: dir), nodes: nodes)
        async let _: Void = nodes.run()
        let summary = try await conductor.run()
        await nodes.close()
        shop.close()
        return summary
    }

    /// Ctrl-C cancels the work, and with it the child processes; the work is waited for.
    private func unlessInterrupted(_ work: @escaping @Sendable () async throws -> Summary) async throws -> Summary {
        try await withThrowingTaskGroup(of: Summary.self) { group in
            group.addTask { try await work() }
            group.addTask { try await Interruption.wait() }
            defer { group.cancelAll() }
            guard let summary = try await group.next() else { throw CancellationError() }
            return summary
        }
    }
}
