import NIOCore
import NIOPosix

/// Every way from every client to every node, on one thread.
final class FaultProxy: Sendable {
    private let group: MultiThreadedEventLoopGroup
    /// By client, then by node.
    private let links: [[FaultLink]]
    private let ports: [[Int]]

    private init(_ group: MultiThreadedEventLoopGroup, _ links: [[FaultLink]], _ ports: [[Int]]) {
        self.group = group
        self.links = links
        self.ports = ports
    }

    static func start(clients: Int, nodePorts: [Int]) async throws -> FaultProxy {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        var links: [[FaultLink]] = []
        var ports: [[Int]] = []
        for _ in 0..<clients {
            var row: [(link: FaultLink, port: Int)] = []
            for port in nodePorts { row.append(try await FaultLink.listen(to: port, on: group.next())) }
            links.append(row.map(\.link))
            ports.append(row.map(\.port))
        }
        return FaultProxy(group, links, ports)
    }

    /// Where a client finds the nodes.
    func urls(for client: Int) -> [String] { ports[client].map { "redis://127.0.0.1:\($0)" } }

    func link(_ client: Int, _ node: Int) -> FaultLink { links[client][node] }

    /// The links of all clients to one node.
    func links(to node: Int) -> [FaultLink] { links.map { $0[node] } }

    func stop() async {
        for link in links.joined() { link.close() }
        try? await group.shutdownGracefully()
    }
}
