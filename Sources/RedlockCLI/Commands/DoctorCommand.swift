import ArgumentParser
import Foundation
import RedlockCore
import RedlockNode

/// `redlock doctor`: what is wrong with a deployment, why it matters, and what mends it.
struct DoctorCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the nodes and the settings, and say what mends them.",
        usage: "redlock doctor [OPTIONS]",
        discussion: """
            Each check is a line: ok, warning or error. Below what is not ok stand the nodes, why \
            it matters, and the command or line of redis.conf that mends it. All nodes are asked \
            at once, none for longer than the timeout. Nothing is changed: on each node one key \
            and one counter of the doctor's own are written, with a ttl of a second, and deleted, \
            to see what the user may do; of the keys under the prefix some thousands are looked at.

            EXAMPLES
              redlock doctor --config /etc/redlock.yaml
              redlock doctor --json | jq -r '.[] | select(.level != "ok").remedy'

            JSON
              An array with an object for each finding: check, level (ok, warning, error),
              nodes (none if it is about all together), detail, why, remedy. Checks: nodes,
              reachable, quorum, distinct, role, mode, version, round_trip, budget, memory,
              persistence, uptime, clock, rights, writes, tls, leftovers.

            EXIT STATUS
              0  healthy, or warnings alone    64  wrong usage
              1  warnings, with --strict       74  the output could not be written
              2  errors
            """)

    /// Whether warnings fail.
    @Flag(name: .long, help: "Exit with 1 if there are warnings.")
    var strict = false

    /// Whether to say everywhere why it matters.
    @Flag(name: .long, help: "Say also of what is ok why it matters.")
    var explain = false

    /// How long locks are asked for.
    @Option(
        name: .long,
        help: ArgumentHelp("The ttl that clients ask for, to see what is left of it. (default: 30s, or --max-ttl)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var ttl: DurationArgument?

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    private static let usualTTL = Duration.seconds(30)

    /// Checks what needs no node.
    func validate() throws {
        guard let ttl else { return }
        guard (.milliseconds(10)...nodes.maxTTL.duration).contains(ttl.duration) else {
            throw ValidationError("--ttl is \(ttl); it must be 10ms to \(nodes.maxTTL), which --max-ttl raises")
        }
    }

    /// Examines, prints, and fails if something is wrong.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let examination = Examination(prefix: keys.prefix, timeout: nodes.timeout?.duration ?? .seconds(2))
        let terms = Diagnosis.Terms(
            quarantine: nodes.quarantine(nodes: endpoints.count), attemptTimeout: Nanoseconds(nodes.attemptTimeout),
            ttl: Nanoseconds(ttl?.duration ?? min(Self.usualTTL, nodes.maxTTL.duration)), drift: nodes.drift, prefix: keys.prefix,
            now: Int64(Date().timeIntervalSince1970))
        let diagnosis = Diagnosis(facts: await examination.facts(endpoints), terms: terms)
        let report = DoctorReport(nodes: endpoints.map(\.description), findings: diagnosis.findings)
        let lines =
            json ? try JSONText.lines(report.objects) : report.lines(width: StandardOutput.width, explains: explain, colour: Paint.isOn)
        try StandardOutput.write(lines)
        switch report.level {
        case .error: throw ExitCode(ExitStatus.unhealthy)
        case .warning where strict: throw ExitCode(ExitStatus.warnings)
        case .warning, .ok: break
        }
    }
}
