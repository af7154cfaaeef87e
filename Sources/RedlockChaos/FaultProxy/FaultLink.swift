import NIOCore
import NIOPosix

/// The way from one client to one node: a port of loopback that leads to the node, and what can go wrong in between.
///
/// Faults have names and add up; each is taken away by its name. The state belongs to the proxy's event loop.
final class FaultLink: @unchecked Sendable {
    private let eventLoop: any EventLoop
    private var listener: (any Channel)?
    private var nodePort: Int
    private var faults: [Int: LinkCondition] = [:]
    private var condition = LinkCondition()
    private var connections: [ObjectIdentifier: LinkConnection] = [:]

    private init(to nodePort: Int, on eventLoop: any EventLoop) {
        self.nodePort = nodePort
        self.eventLoop = eventLoop
    }

    /// Listens on a free port of loopback.
    static func listen(to nodePort: Int, on eventLoop: any EventLoop) async throws -> (link: FaultLink, port: Int) {
        let link = FaultLink(to: nodePort, on: eventLoop)
        let listener = try await ServerBootstrap(group: eventLoop)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in channel.eventLoop.makeCompletedFuture { try link.accept(channel) } }
            .bind(host: "127.0.0.1", port: 0).get()
        try await eventLoop.submit { link.listener = listener }.get()
        return (link, listener.localAddress?.port ?? 0)
    }

    /// Begins a fault.
    func begin(_ fault: Int, _ condition: LinkCondition) {
        eventLoop.execute {
            self.faults[fault] = condition
            self.settle()
        }
    }

    /// Ends a fault: what was kept back is delivered now.
    func end(_ fault: Int) {
        eventLoop.execute {
            self.faults[fault] = nil
            self.settle()
        }
    }

    /// Resets all connections.
    func reset() { eventLoop.execute { for connection in self.connections.values { connection.reset() } } }

    /// Leads to another port from now on; what is connected is reset.
    func divert(to port: Int) {
        eventLoop.execute {
            self.nodePort = port
            for connection in self.connections.values { connection.reset() }
        }
    }

    func close() {
        eventLoop.execute {
            self.listener?.close(promise: nil)
            for connection in self.connections.values { connection.reset() }
        }
    }

    private func settle() {
        condition = faults.values.reduce(LinkCondition()) { $0.and($1) }
        for connection in connections.values { connection.pump() }
    }

    private func accept(_ client: any Channel) throws {
        let id = ObjectIdentifier(client)
        let connection = LinkConnection(client, condition: { self.condition }, over: { self.connections[id] = nil })
        connections[id] = connection
        try client.pipeline.syncOperations.addHandler(LinkEnd(of: connection, into: connection.requests))
        let bound = NIOLoopBound(connection, eventLoop: eventLoop)
        ClientBootstrap(group: eventLoop)
            .channelOption(.socketOption(.tcp_nodelay), value: 1)
            .channelInitializer { node in
                node.eventLoop.makeCompletedFuture {
                    try node.pipeline.syncOperations.addHandler(LinkEnd(of: bound.value, into: bound.value.replies))
                }
            }
            .connect(host: "127.0.0.1", port: nodePort)
            .whenComplete { result in
                switch result {
                case .success(let node): bound.value.connected(to: node)
                case .failure: bound.value.refused()
                }
            }
    }
}
