import ArgumentParser
import RedlockNode

/// `redlock watch`: a live view of nodes and locks.
struct WatchCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "watch",
        abstract: "Watch nodes and locks: top for locks.",
        usage: "redlock watch [PATTERN] [OPTIONS]",
        discussion: """
            Shows the nodes with their last round trips, the locks that are held or contended \
            for, grants and losses a second, and what happened. PATTERN is a glob as in SCAN: * ? \
            [abc]; quote it. Every key with a ttl and a short value could be a lock: give a PATTERN \
            or --prefix if the nodes have other keys. Nothing is changed.

            Keys: q quit, s sort (state, name, ttl, held, grants), r reverse, / filter by a part \
            of the name, esc clear the filter, arrows or j k scroll, space pause.

            Locks are found by SCAN, at most 20,000 keys of a node in one look; a lock that lives \
            shorter than a look may be missed, so the rates are the least there was. A loss is a \
            lock that expired without being released, or is left on less than a quorum. When \
            standard output is no terminal there is a line for everything that happens.

            EXAMPLES
              redlock watch 'orders/*'
              redlock watch --json --count 60 | jq -c 'select(.event == "expired")'

            JSON
              Lines, an object each: event, at, resource, holder, holder_name,
              fencing_token, node, detail. event: held, granted, released, expired, lost,
              contended of a lock; votes, quarantined, unfit, unreachable, unseen (its
              user may not look at locks) of a node. After each look one with event
              summary, at, nodes, voting, quorum, held, contended, unknown, grants_per_s,
              losses_per_s. Keys that have nothing to say are left out.

            EXIT STATUS
              0   quit, or --count looks done        74  the output could not be written
              64  wrong usage                        128+N  ended by signal N
            """)

    /// Which locks.
    @Argument(help: ArgumentHelp("The locks to watch, as a glob pattern.", valueName: "pattern"))
    var pattern = "*"

    /// How often.
    @Option(
        name: .long, help: ArgumentHelp("How often to look. (default: 1s)", valueName: "duration"), transform: { try DurationArgument($0) })
    var interval: DurationArgument?

    /// How long.
    @Option(name: .long, help: ArgumentHelp("Stop after that many looks.", valueName: "number"))
    var count: Int?

    /// How many locks.
    @Option(name: .long, help: ArgumentHelp("The most locks to look at.", valueName: "number"))
    var limit = 1000

    /// For programs.
    @Flag(name: .long, help: "Print JSON, one object a line.")
    var json = false

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    private var period: Duration { interval?.duration ?? .seconds(1) }

    /// Checks what needs no node.
    func validate() throws {
        try ResourceName.validate(pattern, prefix: keys.prefix)
        guard (.milliseconds(100) ... .seconds(3600)).contains(period) else {
            throw ValidationError("--interval is \(interval?.description ?? ""); it must be 100ms to 1h")
        }
        guard count ?? 1 > 0 else { throw ValidationError("--count is \(count ?? 0); it must be 1 or more") }
        guard (1...10_000).contains(limit) else { throw ValidationError("--limit is \(limit); it must be 1 to 10000") }
    }

    /// Watches until it is told to stop.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        // A node that does not answer must not hold up the others for longer than a look.
        let timeout = nodes.timeout?.duration ?? min(.seconds(1), max(period / 2, .milliseconds(100)))
        let sampler = try WatchSampler(
            endpoints, prefix: keys.prefix, pattern: pattern, timeout: timeout, quarantine: nodes.quarantine(nodes: endpoints.count),
            limit: limit)
        let session = WatchSession(
            nodes: endpoints.map(\.description), sampler: sampler, prefix: keys.prefix, pattern: pattern, interval: period, count: count)
        if json || !LiveTerminal.isPossible {
            try await session.printLines(json: json)
        } else if let number = try await session.showScreen() {
            endBySignal(number)
        }
        await sampler.close()
    }
}
