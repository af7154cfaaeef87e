import ArgumentParser
import Foundation
import Redlock
import RedlockCore

/// `redlock run`: a command under a lock.
struct RunCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command while holding a lock.",
        usage: "redlock run RESOURCE [OPTIONS] -- COMMAND [ARGUMENTS]",
        discussion: """
            Waits for the lock, runs COMMAND, and releases the lock when COMMAND ends; what COMMAND \
            leaves in the background is not waited for. The lock is extended while it runs. If it \
            can no longer be kept, COMMAND and all of its process group get SIGTERM, and SIGKILL \
            after the grace, both before the lock ends for others. With --on-lost kill they get \
            SIGKILL at once; with ignore nothing but a line on standard error tells of the loss, \
            and COMMAND may run beside another holder: only the fencing token protects then.

            COMMAND keeps standard input, output and error, and finds REDLOCK_RESOURCE and \
            REDLOCK_FENCING_TOKEN in its environment: a number that is larger with every holder. \
            Send it along with every write, and have the storage refuse a smaller one than it has \
            seen, for that alone protects against a process that was paused.

            Who holds the lock is left beside it at the nodes, for inspect, list and watch: \
            COMMAND@host:pid unless --name or --no-name says otherwise.

            SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are passed on to COMMAND; \
            while the lock is being waited for they end the wait, and the status is 128+N. If \
            redlock itself is killed (SIGKILL) or stopped (SIGSTOP), COMMAND goes on, and the \
            lock expires after the ttl.

            EXAMPLES
              redlock run nightly-report --ttl 1m --wait 10m -- ./report.sh
              redlock run prod --try -- sh -c 'put --fence $REDLOCK_FENCING_TOKEN x.html'

            EXIT STATUS
              That of COMMAND, 128+N if signal N killed it, or
              64   wrong usage
              70   the lock was lost: COMMAND was ended, or with --on-lost ignore it ended
                   when the lock was over, whatever its own status
              75   the lock was not obtained: it is held, or too few nodes could be reached
              126  COMMAND cannot be run
              127  COMMAND was not found
            """)

    /// The lock.
    @Argument(help: ArgumentHelp("The lock to hold.", valueName: "resource"))
    var resource: String

    /// How long a dead holder blocks others.
    @Option(
        name: .long, help: ArgumentHelp("How long the lock outlives a redlock that was killed. (default: 30s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var ttl = Self.duration("30s")

    /// How long to wait.
    @Option(
        name: .long, help: ArgumentHelp("How long to wait for the lock. (default: 10s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var wait: DurationArgument?

    /// Whether not to wait at all.
    @Flag(name: .customLong("try"), help: "Do not wait: one attempt.")
    var once = false

    /// Whether to do without a fencing token.
    @Flag(name: .customLong("no-fencing"), help: "Take no fencing token: for nodes whose users may not run scripts on counters.")
    var noFencing = false

    /// Who is said to hold the lock.
    @Option(
        name: .long,
        help: ArgumentHelp("Who inspect and list say holds the lock; no secret. (default: COMMAND@host:pid)", valueName: "text"))
    var name: String?

    /// Whether nobody is said to hold it.
    @Flag(name: .customLong("no-name"), help: "Leave no name at the nodes.")
    var noName = false

    /// What is done when the lock is lost.
    @Option(
        name: .customLong("on-lost"),
        help: ArgumentHelp("What COMMAND gets when the lock is lost: term, kill or ignore. (default: term)", valueName: "what"))
    var onLost = LossPolicy.term

    /// How long the command may take to end.
    @Option(
        name: .long,
        help: ArgumentHelp(
            "From SIGTERM to SIGKILL when the lock is lost. (default: 5s, or a quarter of the ttl if less)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var grace: DurationArgument?

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// The command and its arguments.
    @Argument(parsing: .postTerminator, help: ArgumentHelp("The command to run, after --.", valueName: "command"))
    var command: [String] = []

    private static func duration(_ text: String) -> DurationArgument {
        do { return try DurationArgument(text) } catch { preconditionFailure("\(text) is a duration") }
    }

    /// Checks all that needs no node.
    func validate() throws {
        try ResourceName.validate(resource, prefix: keys.prefix)
        guard !command.isEmpty else {
            throw ValidationError("there is no command; write it after --, as in: redlock run \(Escaping.name(resource)) -- make deploy")
        }
        guard !once || wait == nil else {
            throw ValidationError("--try does not wait, so --wait has no meaning with it; leave one of them out")
        }
        guard !noName || name == nil else {
            throw ValidationError("--no-name leaves no name, so --name has no meaning; leave one of them out")
        }
        if let fault = name.flatMap(LockValue.fault) { throw ValidationError("--name \(fault)") }
        _ = try RunTiming(ttl: ttl, grace: grace, maxTTL: nodes.maxTTL, onLost: onLost)
    }

    /// Runs the command under the lock, and exits as it did.
    func run() async throws {
        var configuration = try nodes.configuration(prefix: keys.prefix)
        configuration.holderName =
            noName ? nil : name.map { HolderName($0) } ?? .process(URL(fileURLWithPath: command[0]).lastPathComponent)
        let request = RunRequest(
            resource: resource,
            program: try ProgramLookup.find(command[0]),
            arguments: arguments,
            configuration: configuration,
            timing: try RunTiming(ttl: ttl, grace: grace, maxTTL: nodes.maxTTL, onLost: onLost),
            onLost: onLost,
            wait: once ? nil : wait?.duration ?? .seconds(10),
            fencing: !noFencing)
        let session = try RunSession(request)
        let outcome = try await session.run()
        session.endIfInterrupted(outcome)
        throw ExitCode(outcome.status)
    }

    /// The bytes as they were typed; the parsed text where the parser was not given the process's own command line.
    private var arguments: [[UInt8]] {
        let raw = RawArguments.afterTerminator
        return raw.count == command.count ? raw : command.map { Array($0.utf8) }
    }
}
