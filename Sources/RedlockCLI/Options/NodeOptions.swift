import ArgumentParser
import Foundation
import Redlock
import RedlockCore
import RedlockNode

/// Which nodes, and how far to trust and how long to wait for them: the same for every subcommand.
struct NodeOptions: ParsableArguments {
    /// URLs from the command line; they win over everything else.
    @Option(
        name: .long,
        help: ArgumentHelp(
            "A node, redis://host:port. Once for each. Otherwise those of --config, then REDLOCK_NODES, then REDLOCK_CONFIG.",
            valueName: "url"))
    var node: [String] = []

    /// The deployment in a file.
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("A YAML or JSON file with nodes, max-ttl, prefix, passwords, TLS. Otherwise REDLOCK_CONFIG.", valueName: "file"),
        completion: .file(), transform: { try ConfigurationFile.use($0) })
    private var configuration: ConfigurationFile?

    /// The longest ttl, if the command line says.
    @Option(
        name: .customLong("max-ttl"),
        help: ArgumentHelp(
            "The longest ttl that any client asks for. A node that restarted less than this ago may have forgotten locks and does not vote. (default: 60s)",
            valueName: "duration"),
        transform: { try DurationArgument($0) })
    private var longestTTL: DurationArgument?

    /// Whether freshly started nodes vote, if the command line says.
    @Flag(
        name: .customLong("no-quarantine"),
        help: """
            Let nodes vote right after a restart. Lost by that: a node that forgets its locks when it restarts can help a second \
            holder to a lock that is still held. Safe with appendfsync always.
            """)
    private var withoutQuarantine = false

    /// How long one node may take.
    @Option(
        name: .customLong("timeout"),
        help: ArgumentHelp(
            "How long a node may take to connect and answer. (default: 1s; doctor: 2s; run: 500ms for an answer)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    private var patience: DurationArgument?

    private static let defaultMaxTTL: DurationArgument = {
        do { return try DurationArgument("60s") } catch { preconditionFailure("60s is a duration") }
    }()

    /// Checks what can be checked without a node, the file included.
    func validate() throws {
        try ConfigurationFile.useEnvironment()
        guard patience.map({ $0.duration >= .milliseconds(10) }) ?? true else {
            throw ValidationError("--timeout is \(patience?.description ?? ""); it must be 10ms or more")
        }
        guard (.milliseconds(10) ... .seconds(24 * 3600)).contains(maxTTL.duration) else {
            throw ValidationError("--max-ttl is \(maxTTL); it must be 10ms to 24h")
        }
    }

    private var file: ConfigurationFile? { configuration ?? ConfigurationFile.inForce }

    /// The longest ttl of any client of these nodes.
    var maxTTL: DurationArgument { longestTTL ?? file?.maxTTL ?? Self.defaultMaxTTL }

    /// How far the rates of two clocks may be apart.
    var drift: DriftBound { file?.drift ?? DriftBound() }

    /// The time for one node when it was given.
    var timeout: DurationArgument? { patience ?? file?.timeout }

    /// The time for one node when nothing but a look at it is wanted.
    var lookTimeout: Duration { timeout?.duration ?? .seconds(1) }

    /// The time for one round of questions, as the client has it.
    var attemptTimeout: Duration {
        patience?.duration ?? file?.attemptTimeout?.duration ?? file?.timeout?.duration ?? .milliseconds(500)
    }

    private var isQuarantined: Bool { !withoutQuarantine && (file?.quarantine ?? true) }

    /// The URLs and where they come from: what the command line says, then the environment.
    private func urls() throws(CommandFailure) -> (urls: [String], source: String) {
        if !node.isEmpty { return (node, "--node") }
        if let configuration, !configuration.nodes.isEmpty { return (configuration.nodes, Escaping.name(configuration.path)) }
        let listed = ProcessInfo.processInfo.environment["REDLOCK_NODES"] ?? ""
        let urls = listed.split(whereSeparator: { $0 == "," || $0.isWhitespace }).map(String.init)
        if !urls.isEmpty { return (urls, "REDLOCK_NODES") }
        if let file, !file.nodes.isEmpty { return (file.nodes, Escaping.name(file.path)) }
        throw CommandFailure(
            ExitStatus.usage,
            "there are no nodes; write --node redis://host:port for each, list them in REDLOCK_NODES, separated by commas, "
                + "or under nodes: in a file for --config")
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
        configuration.quarantinesRestartedNodes = isQuarantined
        configuration.driftFactor = Double(drift.partsPerMillion) / 1_000_000
        configuration.attemptTimeout = attemptTimeout
        configuration.connection.clientName = "redlock-run"
        if let timeout { configuration.connection.timeout = timeout.duration }
        return configuration
    }

    /// How long a node must have been up for its vote to count; nil when every vote counts. As the client has it.
    func quarantine(nodes: Int) -> Nanoseconds? {
        isQuarantined ? Quarantine.span(maxTTL: Nanoseconds(maxTTL.duration), drift: drift, nodes: nodes) : nil
    }
}
