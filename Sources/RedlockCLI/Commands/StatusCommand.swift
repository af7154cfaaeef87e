import ArgumentParser
import Foundation
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
              redlock status --watch --interval 5s

            JSON
              An array with an object for each node: node, state (votes, quarantined,
              unfit, unreachable), reachable, votes, round_trip_us, flavour, version,
              role, mode, uptime_ms, quarantine_ms, reason. A node is unfit if it answers
              and cannot vote: a replica, a Sentinel, part of a Cluster, a server named
              twice, no Redis, or one that does not serve this user. Keys that have
              nothing to say are left out. With --watch, an array each time.

            EXIT STATUS
              0   a quorum of the nodes votes    69  it does not: no lock can be taken
              64  wrong usage                    74  the output could not be written
            """)

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// Whether to go on.
    @Flag(name: .long, help: "Go on: in place on a terminal, otherwise a line each time. Ctrl-C ends it.")
    var watch = false

    /// How often.
    @Option(
        name: .long, help: ArgumentHelp("With --watch, the time from one look to the next. (default: 1s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var interval: DurationArgument?

    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// Checks what needs no node.
    func validate() throws {
        guard let interval else { return }
        guard watch else { throw ValidationError("--interval has a meaning with --watch only; write --watch, or leave it out") }
        guard interval.duration >= .milliseconds(100) else { throw ValidationError("--interval is \(interval); it must be 100ms or more") }
    }

    /// Asks, prints, and fails without a quorum.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        var report = await look(endpoints)
        while watch {
            try show(report)
            try await Task.sleep(for: interval?.duration ?? .seconds(1))
            report = await look(endpoints)
        }
        try StandardOutput.write(json ? JSONText.lines(report.objects) : report.lines(width: StandardOutput.width))
        guard report.hasQuorum else { throw ExitCode(ExitStatus.unavailable) }
    }

    private func look(_ endpoints: [NodeEndpoint]) async -> StatusReport {
        let health = await NodeHealth.read(endpoints, timeout: nodes.lookTimeout, quarantine: nodes.quarantine(nodes: endpoints.count))
        return StatusReport(nodes: endpoints.map(\.description), health: health)
    }

    private func show(_ report: StatusReport) throws(CommandFailure) {
        let now = Date().formatted(.dateTime.hour(.twoDigits(amPM: .omitted)).minute(.twoDigits).second(.twoDigits))
        if json {
            try StandardOutput.write(JSONText.lines(report.objects))
        } else if isatty(1) == 1 {
            try StandardOutput.writeInPlace(report.lines(width: StandardOutput.width) + ["", "\(now)  Ctrl-C ends"])
        } else {
            try StandardOutput.write(["\(now) \(report.summary)"])
        }
    }
}
