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
            quorum. Of tokens only the beginning is shown. TTL is what is left on the node; a \
            holder stops relying on the lock a little earlier, and may extend it.

            EXAMPLES
              redlock inspect orders/42
              redlock inspect --json orders/42 orders/43 | jq -r '.[].verdict'

            JSON
              An array with an object for each RESOURCE: resource, key, verdict, detail,
              quorum, holder, held_by, ttl_ms, fencing_token, nodes. Each of nodes: node,
              state (held, free, wrong_type, unreachable), holder, ttl_ms, fencing_token,
              type, reason. Keys that have nothing to say are left out.

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
        let reports = await Self.inspect(resources, prefix: keys.prefix, endpoints, timeout: nodes.lookTimeout)
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
    private static func inspect(
        _ resources: [String], prefix: String, _ endpoints: [NodeEndpoint], timeout: Duration
    ) async -> [InspectReport] {
        let keys = resources.map { LockKey(prefix + $0) }
        let answers = await NodeVisit.all(endpoints, timeout: timeout) { node throws(NodeFault) in
            var readings: [LockReading] = []
            while readings.count < keys.count {
                let next = keys[readings.count..<min(readings.count + LockReading.mostAtOnce, keys.count)]
                readings += try await LockReading.read(Array(next), from: node, timeout: timeout)
            }
            return readings
        }
        return resources.indices.map { index in
            InspectReport(
                resource: resources[index], key: keys[index], nodes: endpoints.map(\.description),
                readings: answers.map { answer in
                    switch answer {
                    case .success(let readings): readings[index]
                    case .failure(let fault): LockReading(.unreachable(fault.detail))
                    }
                })
        }
    }
}
