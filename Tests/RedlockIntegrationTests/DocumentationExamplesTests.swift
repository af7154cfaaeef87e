import Foundation
import Redlock
import RedlockServers
import Testing

/// The examples of the README and the articles, compiled and run. Each block of Swift there must stand here, word for word,
/// after an `example:` mark; `documentsAreQuoted` compares.
@Suite(.timeLimit(.minutes(2))) struct DocumentationExamplesTests {
    /// The things the examples talk about.
    private struct Shop: Sendable {
        let resource: RedisFencingGuard

        func stock(fencingToken: UInt64) async throws -> Int {
            Int(try await resource.get("stock", fencingToken: fencingToken) ?? "") ?? 10
        }

        func setStock(_ amount: Int, fencingToken: UInt64) async throws {
            try await resource.set("stock", to: "\(amount)", fencingToken: fencingToken)
        }
    }

    private final class Order: Sendable {
        func markPaid() {}
    }

    private func writeReport() async throws {}
    private func publishReport() async throws {}
    private func tryLater() async {}
    private func alert(_ text: String) async {}

    /// Runs with the URLs of three nodes and a shop; the client in the examples has the default configuration, so the nodes
    /// have to be old enough to vote, which one node alone always is.
    private func withShop(_ body: (_ nodes: [String], _ shop: RedisFencingGuard) async throws -> Void) async throws {
        try await withRedisFleet(2) { fleet in
            try await body([fleet.urls[0]], RedisFencingGuard(fleet.urls[1]))
        }
    }

    @Test func `the usual way`() async throws {
        try await withShop { nodes, resource in
            let shop = Shop(resource: resource)
            // example: GettingStarted
            let redlock = try Redlock(nodes: nodes)
            let left = try await redlock.withLock("stock/42", ttl: .seconds(10)) { lease in
                let left = try await shop.stock(fencingToken: lease.fencingToken) - 1
                try await shop.setStock(left, fencingToken: lease.fencingToken)
                return left
            }
            await redlock.shutdown()
            // end
            #expect(left == 9)
        }
    }

    @Test func `with a name`() async throws {
        try await withRedisServer { server in
            let nodes = [server.url]
            // example: GettingStarted
            var configuration = RedlockConfiguration(nodes: nodes)
            configuration.holderName = .process("billing")  // billing@web-3:4711
            let redlock = try Redlock(configuration: configuration)
            // end
            let lease = try await redlock.acquire("stock/42", ttl: .seconds(10))
            #expect(try await server.cli("GET", "stock/42").dropFirst(32).hasPrefix(" billing@"))
            await lease.release()
            await redlock.shutdown()
        }
    }

    @Test func `by hand`() async throws {
        try await withShop { nodes, _ in
            let redlock = try Redlock(nodes: nodes)
            // example: GettingStarted
            if let lease = try await redlock.tryAcquire("reports/daily", ttl: .seconds(30)) {
                try await writeReport()
                try await lease.extend(to: .seconds(30))
                try await publishReport()
                await lease.release()
            }
            // end
            // example: GettingStarted
            do throws(RedlockError) {
                let lease = try await redlock.acquire("orders/42", ttl: .seconds(10), waiting: .seconds(5))
                await lease.release()
            } catch {
                switch error.code {
                case .contended: await tryLater()
                case .unreachable: await alert(error.debugDescription)
                default: throw error
                }
            }
            // end
            await redlock.shutdown()
        }
    }

    @Test func `fencing`() async throws {
        try await withShop { nodes, resource in
            let redlock = try Redlock(nodes: nodes)
            let lease = try await redlock.acquire("orders/42", ttl: .seconds(10))
            let order = Order()
            // example: Fencing
            let guardian = FencingGuard()
            try guardian.write("orders/42", fencingToken: lease.fencingToken) { order.markPaid() }
            // end
            let shopURL = try await shopURL(resource)
            // example: Fencing
            let shop = try await RedisFencingGuard(shopURL)
            let stock = try await shop.get("stock", fencingToken: lease.fencingToken)
            try await shop.set("stock", to: stock == nil ? "100" : "41", fencingToken: lease.fencingToken)
            // end
            #expect(try await shop.get("stock", fencingToken: lease.fencingToken) == "100")
            await lease.release()
            await redlock.shutdown()
        }
    }

    private func shopURL(_ resource: RedisFencingGuard) async throws -> String { resource.description }

    @Test func `the README's twenty lines`() async throws {
        try await withShop { nodes, resource in
            let shop = Shop(resource: resource)
            let redlock = try Redlock(nodes: nodes)
            // example: README
            // Extends itself while the body runs; cancels the body, while the lock is still valid, if it cannot be kept.
            let left = try await redlock.withLock("stock/42", ttl: .seconds(10)) { lease in
                let left = try await shop.stock(fencingToken: lease.fencingToken) - 1
                try await shop.setStock(left, fencingToken: lease.fencingToken)  // the shop rejects tokens that are too old
                return left
            }

            // By hand: one attempt, nil if somebody else holds it.
            if let lease = try await redlock.tryAcquire("reports/daily", ttl: .seconds(30)) {
                try await writeReport()
                try await lease.extend(to: .seconds(30))
                try await publishReport()
                await lease.release()
            }
            await redlock.shutdown()
            // end
            #expect(left == 9)
        }
    }

    /// No example in a document is other than one of those above. What names hosts that do not exist here is left out.
    @Test func `the documents show nothing else`() throws {
        let here = URL(filePath: #filePath)
        let root = here.deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let compiled = blocks(try String(contentsOf: here, encoding: .utf8), from: { $0.hasPrefix("// example:") }, to: "// end").joined()
        for document in ["README.md", "Sources/Redlock/Redlock.docc/GettingStarted.md", "Sources/Redlock/Redlock.docc/Fencing.md"] {
            let text = try String(contentsOf: root.appending(path: document), encoding: .utf8)
            let shown = blocks(text, from: { $0 == "```swift" }, to: "```")
            #expect(!shown.isEmpty)
            for line in shown.joined() where !line.contains("10.0.0.") && line != "import Redlock" {
                #expect(compiled.contains(line), "\(document): \(line)")
            }
        }
    }

    /// The lines between marks, without indentation and empty lines.
    private func blocks(_ text: String, from start: (String) -> Bool, to end: String) -> [[String]] {
        var blocks: [[String]] = []
        var isInside = false
        for line in text.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
            if isInside {
                if line == end { isInside = false } else { blocks[blocks.count - 1].append(line) }
            } else if start(line) {
                isInside = true
                blocks.append([])
            }
        }
        return blocks
    }
}
