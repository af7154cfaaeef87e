import ArgumentParser
import Foundation
import RedlockCore
import RedlockNode

/// `redlock list`: which locks there are.
struct ListCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "list",
        abstract: "List the locks, with holder and ttl.",
        usage: "redlock list [PATTERN] [OPTIONS]",
        discussion: """
            Looks through all nodes at once by SCAN, some hundred keys at a time, so that no \
            server is kept busy; it works with a million keys. A lock is a string under the \
            prefix; its verdict is that of inspect. Nodes that have no vote are not counted, and \
            said. Locks that come and go meanwhile may be missed. A holder that left its name is \
            shown by it. PATTERN is Redis': * any text, ? one character, [ab] one of these.

            EXAMPLES
              redlock list 'orders/*'
              redlock list --json | jq -r '.[] | select(.verdict == "split").resource'

            JSON
              An array with an object for each lock, sorted by name: resource, key,
              verdict (held, split, quarantined, unknown), nodes, quorum, holder,
              holder_name, ttl_ms. A lock that never expires has no ttl_ms.

            EXIT STATUS
              0   a quorum of the nodes was seen to the end
              64  wrong usage
              69  too few nodes were
              74  the output could not be written
            """)

    /// Which locks.
    @Argument(help: ArgumentHelp("Which locks, after the prefix.", valueName: "pattern"))
    var pattern = "*"

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// Checks the pattern.
    func validate() throws {
        guard !pattern.isEmpty, pattern.utf8.count <= LockKey.byteLimit else {
            throw ValidationError("the pattern has \(pattern.utf8.count) bytes; write for example 'orders/*', or leave it out for all")
        }
    }

    /// Looks, prints, and fails if too few nodes were seen.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let scan = LockScan(
            pattern: Glob.escaped(keys.prefix) + pattern, nodes: endpoints.count, timeout: nodes.lookTimeout,
            quarantine: nodes.quarantine(nodes: endpoints.count))
        let progress = Self.showProgress(of: scan)
        let outcome = await scan.run(endpoints)
        progress?.cancel()
        await progress?.value
        let report = ListReport(outcome, prefix: keys.prefix, nodes: endpoints.map(\.description))
        if json {
            try report.writeJSON(StandardOutput.write)
            report.remarks.forEach(StandardError.say)
        } else {
            try report.write(width: StandardOutput.width, StandardOutput.write)
        }
        guard report.isKnown else { throw ExitCode(ExitStatus.unavailable) }
    }

    /// A line on a terminal that says how far it is, and is gone when it is over.
    private static func showProgress(of scan: LockScan) -> Task<Void, Never>? {
        guard isatty(2) == 1 else { return nil }
        return Task {
            while (try? await Task.sleep(for: .milliseconds(200))) != nil {
                FileHandle.standardError.write(Data("\r\(scan.count) locks so far\u{1B}[K".utf8))
            }
            FileHandle.standardError.write(Data("\r\u{1B}[K".utf8))
        }
    }
}
