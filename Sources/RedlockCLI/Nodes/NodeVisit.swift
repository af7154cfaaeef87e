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
    ///   - body: what to do there. It may fail with what the node complains of.
    static func all<Value: Sendable>(
        _ endpoints: [NodeEndpoint], timeout: Duration, quarantine: Nanoseconds? = nil,
        _ body: @escaping @Sendable (NodeClient) async throws(NodeFault) -> Value
    ) async -> [Result<Value, NodeFault>] {
        await withTaskGroup(of: (Int, Result<Value, NodeFault>).self) { group in
            for (index, endpoint) in endpoints.enumerated() {
                group.addTask { (index, await one(endpoint, NodeID(index), timeout, quarantine, body)) }
            }
            var results = [Result<Value, NodeFault>](repeating: .failure(NodeFault(.notConnected, "was not asked")), count: endpoints.count)
            for await (index, result) in group { results[index] = result }
            return results
        }
    }

    private static func one<Value: Sendable>(
        _ endpoint: NodeEndpoint, _ id: NodeID, _ timeout: Duration, _ quarantine: Nanoseconds?,
        _ body: @Sendable (NodeClient) async throws(NodeFault) -> Value
    ) async -> Result<Value, NodeFault> {
        var options = NodeClientOptions()
        options.connectTimeout = Nanoseconds(timeout)
        options.clientName = "redlock-cli"
        options.quarantine = quarantine
        do {
            let node = try NodeClient(endpoint, id: id, options: options, on: MultiThreadedEventLoopGroup.singleton.next())
            node.start()
            // Whatever it waits for then, this ends it; a little later than the node's own timeouts, which say more.
            let limit = Task {
                try await Task.sleep(for: timeout + .milliseconds(20))
                node.close()
            }
            defer {
                limit.cancel()
                node.close()
            }
            try await node.waitUntilUp()
            return .success(try await body(node))
        } catch {
            return .failure(error.kind == .closed ? NodeFault(.timedOut, "did not answer within \(DurationText.short(timeout))") : error)
        }
    }
}
