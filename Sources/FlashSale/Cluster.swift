/// The lock's nodes as cluster.sh keeps them.
struct Cluster: Sendable {
    let script: String
    let directory: String

    /// Ends a node as a power failure would.
    func kill(_ node: Int) async throws { try await Program.run(script, ["--dir", directory, "kill", "\(node)"]) }
    func start(_ node: Int) async throws { try await Program.run(script, ["--dir", directory, "start", "\(node)"]) }
}
