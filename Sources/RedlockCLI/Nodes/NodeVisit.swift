import NIOCore
import NIOPosix
import RedlockCore
import RedlockNode

/// A short look at nodes: a connection to each, all at once, and to none of them longer than the timeout.
enum NodeVisit {
    /// Does something at every node at once. The results are in the nodes' order.
    ///
    /// - Parameters:
    ///   - timeout: for everything at one node, connecting included.
    ///   - isBounded: false if that is the time to connect only, and `body` knows itself when to give up.
    ///   - greeting: `bare` to look at what may be no node at all.
    ///   - body: what to do there. It may fail with what the node complains of.
    static func all<Value: Sendable>(
        _ endpoints: [NodeEndpoint], timeout: Duration, isBounded: Bool = true, quarantine: Nanoseconds? = nil,
        greeting: NodeClientOptions.Greeting = .full,
        _ body: @escaping @Sendable (NodeClient) async throws(NodeFault) -> Value
    ) async -> [Result<Value, NodeFault>] {
        await withTaskGroup(of: (Int, Result<Value, NodeFault>).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask {
                    var options = NodeClientOptions()
                    options.connectTimeout = Nanoseconds(timeout)
                    options.clientName = "redlock-cli"
                    options.quarantine = quarantine
                    options.greeting = greeting
                    return (index, await one(endpoint, NodeID(index), options, isBounded ? timeout : nil, body))
                }
            }
            var results = [Result<Value, NodeFault>](repeating: .failure(NodeFault(.notConnected, "was not asked")), count: endpoints.count)
            for await (index, result) in group { results[index] = result }
            return results
        }
    }

    private static func one<Value: Sendable>(
        _ endpoint: NodeEndpoint, _ id: NodeID, _ options: NodeClientOptions, _ timeout: Duration?,
        _ body: @Sendable (NodeClient) async throws(NodeFault) -> Value
    ) async -> Result<Value, NodeFault> {
        do {
            let node = try NodeClient(endpoint, id: id, options: options, on: MultiThreadedEventLoopGroup.singleton.next())
            node.start()
            // Whatever it waits for then, this ends it; a little later than the node's own timeouts, which say more.
            let limit = timeout.map { timeout in
                Task {
                    try await Task.sleep(for: timeout + .milliseconds(20))
                    node.close()
                }
            }
            defer {
                limit?.cancel()
                node.close()
            }
            try await node.waitUntilUp()
            return .success(try await body(node))
        } catch {
            guard error.kind == .closed, let timeout else { return .failure(error) }
            return .failure(NodeFault(.timedOut, "did not answer within \(DurationText.short(timeout))"))
        }
    }
}
