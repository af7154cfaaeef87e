import ArgumentParser

/// Tries to make Redlock fail: in virtual time with the simulator and the explorer, and on real servers.
@main
struct RedlockChaos: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redlock-chaos",
        abstract: "Tries to make Redlock fail.",
        discussion: """
            Exit codes: 0 nothing was found; 1 safety was violated; 3 progress was not made after healing; 4 a run left the \
            model or the harness itself failed; 64 wrong usage.
            """,
        subcommands: [Simulate.self, Replay.self, Explore.self, Baseline.self])
}
