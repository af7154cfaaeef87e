import ArgumentParser

/// Tries to make Redlock fail: in virtual time with the simulator and the explorer, and on real servers.
@main
struct RedlockChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redlock-chaos",
        abstract: "Tries to make Redlock fail.",
        discussion: """
            Exit codes: 0 nothing was found; 1 safety was violated; 64 wrong usage; others as each command's help says.
            """,
        subcommands: [Run.self, Suite.self, Baseline.self, Simulate.self, Replay.self, Explore.self, Client.self])
}
