import RedlockCore
import RedlockNode
import RedlockServers

/// A node client for the time of `body`, started but not necessarily up; closed on every way out.
func withNode<Value>(
    _ url: String, options: NodeClientOptions = .test, _ body: (TestNode) async throws -> Value
) async throws -> Value {
    let node = try TestNode(url, options: options)
    node.client.start()
    do {
        let value = try await body(node)
        node.client.close()
        return value
    } catch {
        node.client.close()
        throw error
    }
}

/// A server of its own and a node client that is up.
func withServerAndNode<Value>(
    _ server: RedisServer.Options = .init(), options: NodeClientOptions = .test, _ body: (RedisServer, TestNode) async throws -> Value
) async throws -> Value {
    try await withRedisServer(server) { server in
        try await withNode(server.url, options: options) { node in
            try await node.waitUntilUp()
            return try await body(server, node)
        }
    }
}

/// Connects once to what cannot be connected to, and answers with the reason.
func faultOfConnecting(to url: String, options: NodeClientOptions = .test) async throws -> NodeFault {
    try await withNode(url, options: options) { node in
        do {
            try await node.client.waitUntilUp()
        } catch let fault as NodeFault {
            return fault
        }
        throw UnexpectedlyUp(url: url)
    }
}

struct UnexpectedlyUp: Error { let url: String }
struct TimedOut: Error { let what: String }

/// Waits until `condition` holds, which a test's correctness must not need to be soon; the bound is for a broken one.
func eventually(_ what: String, within limit: Duration = .seconds(30), _ condition: () async throws -> Bool) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TimedOut(what: what) }
        try await Task.sleep(for: .milliseconds(2))
    }
}
