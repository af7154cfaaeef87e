import NIOPosix
import RedlockCore
import RedlockNode

/// A client's own connection to the one instance, and the point between two steps at which it can be caught.
struct RecipeConnection: Sendable {
    private let node: NodeClient
    let betweenSteps: @Sendable () async throws -> Void

    init(to url: String, _ conduct: Conduct) async throws {
        var options = NodeClientOptions()
        options.clientName = "baseline"
        node = try NodeClient(try NodeEndpoint(url), options: options, on: MultiThreadedEventLoopGroup.singleton.next())
        betweenSteps = conduct.betweenSteps
        do {
            try await node.waitUntilUp()
        } catch {
            node.close()
            throw error
        }
    }

    /// Sends a command over the connection, which is made again first if it was lost.
    ///
    /// - Throws: `NodeFault` if nobody answers, ``BaselineFailure`` if the answer is an error.
    @discardableResult
    func run(_ arguments: String...) async throws -> RESPValue {
        try await node.waitUntilUp()
        let reply = try await node.command(arguments, timeout: .seconds(30))
        if case .error(let text) = reply { throw BaselineFailure("\(arguments[0]) was answered with \(NodeFault.safe(text))") }
        return reply
    }

    func close() { node.close() }
}

/// A recipe of one instance: all but the last one.
protocol SingleInstanceRecipe: LockRecipe {
    var redis: RecipeConnection { get }
    init(_ redis: RecipeConnection)
}

extension SingleInstanceRecipe {
    static var deployment: Deployment { .one }

    init(connectingTo urls: [String], conduct: Conduct) async throws {
        guard let url = urls.first else { throw BaselineFailure("there is no instance to connect to") }
        self.init(try await RecipeConnection(to: url, conduct))
    }

    func close() async { redis.close() }

    /// A value that nobody else writes.
    static func freshToken() -> String { String(UInt64.random(in: .min ... .max), radix: 16) }
}

extension Duration {
    /// As PX and PEXPIRE take it.
    var wholeMilliseconds: Int64 { Nanoseconds(self).wholeMilliseconds }
}

/// The harness could not do what it meant to; nothing is said about a recipe then.
struct BaselineFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
