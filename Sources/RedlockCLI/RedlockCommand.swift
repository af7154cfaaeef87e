import ArgumentParser
import Foundation

/// `redlock`: the root of the command line.
@main
struct RedlockCommand: AsyncParsableCommand {
    /// What `redlock --version` prints.
    static let version = "0.1.0"

    /// The root has no work of its own: without a subcommand it prints its help.
    static let configuration = CommandConfiguration(
        commandName: "redlock",
        abstract: "Distributed locks over independent Redis or Valkey servers (Redlock).",
        discussion: """
            The nodes are named by --node URL, once for each, or in REDLOCK_NODES, separated by \
            commas or blanks: redis://[[user]:password@]host[:port][/db], rediss://… for TLS, \
            redis+unix:///path. Or in a file for --config, with what else the clients agree on. \
            Passwords belong there or in REDLOCK_NODES: others can see a command line.

            EXAMPLES
              export REDLOCK_NODES=redis://10.0.0.1,redis://10.0.0.2,redis://10.0.0.3
              redlock run nightly-report -- ./report.sh
              redlock inspect nightly-report

            EXIT STATUS
              0    success                     74   the output could not be written
              1    doctor --strict: warnings   75   run: the lock was not obtained;
              2    doctor: errors                   release: it was not released
              64   wrong usage                 126  run: the command cannot be run
              69   too few nodes answer        127  run: the command was not found
                   or vote
              70   run: the lock was lost      128+N  run: ended by signal N
              run otherwise exits as its command did.
            """,
        version: version,
        subcommands: [
            RunCommand.self, InspectCommand.self, StatusCommand.self, DoctorCommand.self, ListCommand.self, WatchCommand.self,
            ReleaseCommand.self, BenchCommand.self, CompletionsCommand.self,
        ])

    /// Where the process begins: what it was started with is looked at before anything can change it.
    static func main() async {
        StandardDescriptors.ensureOpen()
        _ = InheritedState.atStart
        do {
            try RawArguments.requireText()
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let code as ExitCode {
            Foundation.exit(code.rawValue)
        } catch let failure as CommandFailure {
            failure.messages.forEach(StandardError.say)
            Foundation.exit(failure.status)
        } catch {
            // A request for help or the version is no failure and goes to standard output.
            if exitCode(for: error) == .success { exit(withError: error) }
            for line in message(for: error).split(separator: "\n") { StandardError.say(String(line)) }
            // The last line names the help to look at; the usage before it is longer than anybody reads.
            let hint = fullMessage(for: error, columns: 80).split(separator: "\n").last?.drop(while: { $0 == " " })
            if let hint, hint.hasPrefix("See ") { StandardError.say(String(hint)) }
            Foundation.exit(exitCode(for: error).rawValue)
        }
    }
}
