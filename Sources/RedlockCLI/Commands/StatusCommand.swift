import ArgumentParser
import RedlockCore
import RedlockNode

/// `redlock status`: how the nodes are, and whether locks can be taken.
struct StatusCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Show how the nodes are and whether locks can be taken.",
        usage: "redlock status [OPTIONS]",
        discussion: """
            All nodes are asked at once, and none is waited for longer than the timeout. RTT is \
            the best of five round trips. A node that restarted less than --max-ttl ago is \
            quarantined: it may have forgotten locks that are still held, so it does not vote.

            EXAMPLES
              redlock status
              redlock status --json --timeout 300ms | jq -r '.[] | select(.votes).node'

            JSON
              An array with an object for each node: node, state (votes, quarantined,
              replica, sentinel, unreachable), reachable, votes, round_trip_us, flavour,
              version, role, mode, uptime_ms, quarantine_ms, reason. Keys that have
              nothing to say are left out.

            EXIT STATUS
              0   a quorum of the nodes votes    69  it does not: no lock can be taken
              64  wrong usage                    74  the output could not be written
            """)

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// Asks, prints, and fails without a quorum.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let timeout = nodes.lookTimeout
        let health = await NodeVisit.all(endpoints, timeout: timeout, quarantine: nodes.quarantine(nodes: endpoints.count)) {
            node throws(NodeFault) in try await NodeHealth.read(from: node, timeout: timeout)
        }
        let report = StatusReport(nodes: endpoints.map(\.description), health: health)
        try StandardOutput.write(json ? JSONText.lines(report.objects) : report.lines(width: StandardOutput.width))
        guard report.hasQuorum else { throw ExitCode(ExitStatus.unavailable) }
    }
}
