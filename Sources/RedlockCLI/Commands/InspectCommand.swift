import ArgumentParser
import RedlockCore
import RedlockNode

/// `redlock inspect`: who holds a lock, as each node sees it.
struct InspectCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Show who holds a lock, as each node sees it.",
        usage: "redlock inspect RESOURCE... [OPTIONS]",
        discussion: """
            All nodes are asked at once, and nothing is changed. The verdict is "held" when a \
            quorum has the same value, "free" when no node has one, "split" when there are values \
            and none has a quorum, "unknown" when the nodes that do not answer could make a \
            quorum, "quarantined" when those that restarted a short time ago could: they may have \
            forgotten a lock that is still held. VOTE is "no" for such a node, with the time that \
            is left. Replicas and servers that are named twice have no vote either. Of tokens only the beginning is shown; a holder that left its name (redlock run does, \
            clients do by holderName) is named, and so is who waits and has a name. TTL is what is left on the node; a \
            holder stops relying on the lock a little earlier, and may extend it.

            EXAMPLES
              redlock inspect orders/42
              redlock inspect --json orders/42 orders/43 | jq -r '.[].verdict'

            JSON
              An array with an object for each RESOURCE: resource, key, verdict, detail,
              quorum, holder, holder_name, held_by, ttl_ms, fencing_token, waiting,
              waiting_names, nodes. Each of nodes: node, state (held, free, wrong_type,
              unreachable, unfit), holder, holder_name, ttl_ms, fencing_token,
              quarantine_ms, type, reason. Keys that have nothing to say are left out.

            EXIT STATUS
              0   whatever the verdict is        69  a verdict is "unknown"
              64  wrong usage                    74  the output could not be written
            """)

    /// The locks.
    @Argument(help: ArgumentHelp("The locks to look at.", valueName: "resource"))
    var resources: [String]

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// Checks the names.
    func validate() throws {
        for resource in resources { try ResourceName.validate(resource, prefix: keys.prefix) }
    }

    /// Asks, prints, and fails if a verdict is unknown.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let reports = await inspect(endpoints)
        if json {
            try StandardOutput.write(JSONText.lines(reports.map(\.object)))
        } else {
            let width = StandardOutput.width
            try StandardOutput.write(Array(reports.map { $0.lines(width: width) }.joined(separator: [""])))
        }
        let isUnknown = reports.contains { if case .unknown = $0.verdict { true } else { false } }
        if isUnknown { throw ExitCode(ExitStatus.unavailable) }
    }

    /// Asks all nodes for all locks.
    private func inspect(_ endpoints: [NodeEndpoint]) async -> [InspectReport] {
        let keys = resources.map { LockKey(self.keys.prefix + $0) }
        let readings = await LockLook.read(
            keys, endpoints, timeout: nodes.lookTimeout, quarantine: nodes.quarantine(nodes: endpoints.count))
        return resources.indices.map { index in
            InspectReport(resource: resources[index], key: keys[index], nodes: endpoints.map(\.description), readings: readings[index])
        }
    }
}
