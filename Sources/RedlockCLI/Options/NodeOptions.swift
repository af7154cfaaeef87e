import ArgumentParser
import Foundation
import Redlock
import RedlockCore
import RedlockNode

/// Which nodes, and how far to trust and how long to wait for them: the same for every subcommand.
struct NodeOptions: ParsableArguments {
    /// URLs from the command line; they win over the environment.
    @Option(
        name: .long, help: ArgumentHelp("A node, redis://host:port. Once for each. Otherwise those in REDLOCK_NODES.", valueName: "url"))
    var node: [String] = []

    /// The longest ttl of any client of these nodes.
    @Option(
        name: .customLong("max-ttl"),
        help: ArgumentHelp(
            "The longest ttl that any client asks for. A node that restarted less than this ago may have forgotten locks and does not vote. (default: 60s)",
            valueName: "duration"),
        transform: { try DurationArgument($0) })
    var maxTTL = Self.defaultMaxTTL

    /// Whether freshly started nodes vote.
    @Flag(
        name: .customLong("no-quarantine"),
        help: """
            Let nodes vote right after a restart. Lost by that: a node that forgets its locks when it restarts can help a second \
            holder to a lock that is still held. Safe with appendfsync always.
            """)
    var noQuarantine = false

    /// How long one node may take.
    @Option(
        name: .long,
        help: ArgumentHelp(
            "How long a node may take to connect and answer. (default: 1s; run: 500ms for an answer)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var timeout: DurationArgument?

    private static let defaultMaxTTL: DurationArgument = {
        do { return try DurationArgument("60s") } catch { preconditionFailure("60s is a duration") }
    }()

    /// Checks what can be checked without the environment.
    func validate() throws {
        guard timeout.map({ $0.duration >= .milliseconds(10) }) ?? true else {
            throw ValidationError("--timeout is \(timeout?.description ?? ""); it must be 10ms or more")
        }
        guard (.milliseconds(10) ... .seconds(24 * 3600)).contains(maxTTL.duration) else {
            throw ValidationError("--max-ttl is \(maxTTL); it must be 10ms to 24h")
        }
    }

    /// The time for one node when nothing but a look at it is wanted.
    var lookTimeout: Duration { timeout?.duration ?? .seconds(1) }

    /// The URLs and where they come from.
    private func urls() throws(CommandFailure) -> (urls: [String], source: String) {
        if !node.isEmpty { return (node, "--node") }
        let listed = ProcessInfo.processInfo.environment["REDLOCK_NODES"] ?? ""
        let urls = listed.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
        guard !urls.isEmpty else {
            throw CommandFailure(
                ExitStatus.usage,
                "there are no nodes; write --node redis://host:port for each, or list them in REDLOCK_NODES, separated by commas")
        }
        return (urls, "REDLOCK_NODES")
    }

    /// The nodes, each of them once.
    func endpoints() throws(CommandFailure) -> [NodeEndpoint] {
        let (urls, source) = try urls()
        guard urls.count <= NodeSet.capacity else {
            throw CommandFailure(
                ExitStatus.usage, "there are \(urls.count) nodes; at most \(NodeSet.capacity) are possible, and 5 are usual")
        }
        var seen: [NodeEndpoint.Identity: Int] = [:]
        var endpoints: [NodeEndpoint] = []
        for (index, url) in urls.enumerated() {
            let endpoint: NodeEndpoint
            do { endpoint = try NodeEndpoint(url) } catch {
                throw CommandFailure(ExitStatus.usage, "node \(index + 1) in \(source) cannot be used: \(error)")
            }
            if let first = seen.updateValue(index, forKey: endpoint.identity) {
                throw CommandFailure(
                    ExitStatus.usage,
                    "nodes \(first + 1) and \(index + 1) in \(source) are the same server (\(endpoint)), which would vote twice; name it once"
                )
            }
            endpoints.append(endpoint)
        }
        return endpoints
    }

    /// The client's configuration. The URLs were checked by ``endpoints()`` for the better message.
    func configuration(prefix: String) throws(CommandFailure) -> RedlockConfiguration {
        _ = try endpoints()
        var configuration = RedlockConfiguration(nodes: try urls().urls)
        configuration.keyPrefix = prefix
        configuration.maxTTL = maxTTL.duration
        configuration.quarantinesRestartedNodes = !noQuarantine
        configuration.connection.clientName = "redlock-run"
        if let timeout {
            configuration.attemptTimeout = timeout.duration
            configuration.connection.timeout = timeout.duration
        }
        return configuration
    }

    /// How long a node must have been up for its vote to count; nil when every vote counts. As the client has it.
    func quarantine(nodes: Int) -> Nanoseconds? {
        noQuarantine ? nil : Quarantine.span(maxTTL: Nanoseconds(maxTTL.duration), drift: DriftBound(), nodes: nodes)
    }
}
