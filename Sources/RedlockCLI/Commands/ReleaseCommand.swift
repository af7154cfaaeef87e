import ArgumentParser
import RedlockCore
import RedlockNode

/// `redlock release`: takes a lock from the nodes, for its holder by token or against him by force.
struct ReleaseCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "release",
        abstract: "Take a lock from the nodes, by its token or by force.",
        usage: "redlock release RESOURCE (--token TOKEN | --force [--yes]) [OPTIONS]",
        discussion: """
            With a token the lock is deleted where its value is that token, under whatever name, as its \
            holder would do it; anybody else's is left alone. The token is read from --token, from standard input \
            with --token -, or from REDLOCK_TOKEN, and is never shown; others can see a command \
            line, so prefer the other two.

            With --force it is taken from whoever holds it. What will be broken is shown, and its \
            name must be typed; without a terminal --yes is needed. Exactly what was shown is \
            deleted: a lock that changed hands meanwhile is left alone. The fencing counters are \
            raised above the old holder's, and the new number is printed: storage that is shown it \
            turns the old holder away. Stop that one first if you can: it does not know that the \
            lock is gone before it next extends it, which the nodes then refuse.

            EXAMPLES
              redlock release orders/42 --force
              REDLOCK_TOKEN=$(cat token) redlock release orders/42 --json

            JSON
              An array with one object: resource, key, outcome (released, free,
              not_released, unknown), detail, fencing_token, nodes. Each of nodes: node,
              outcome (released, free, held, wrong_type, unreachable, unfit), holder,
              holder_name, ttl_ms, type, reason. Keys that have nothing to say are left
              out.

            EXIT STATUS
              0   it is released, or was free    69  nodes that cannot be asked may hold it
              64  wrong usage                    74  the output could not be written
              75  not released: another's, changed hands meanwhile, or not confirmed
            """)

    /// The lock.
    @Argument(help: ArgumentHelp("The lock to take away.", valueName: "resource"))
    var resource: String

    /// What proves that it is ours.
    @Option(name: .long, help: ArgumentHelp("The holder's token; - reads it from standard input.", valueName: "token"))
    var token: String?

    /// Whether it is taken from anybody.
    @Flag(name: .long, help: "Take it from whoever holds it.")
    var force = false

    /// Whether nobody is asked.
    @Flag(name: .long, help: "With --force: do not ask.")
    var yes = false

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// How names become keys.
    @OptionGroup var keys: KeyOptions
    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    /// Checks what needs no node.
    func validate() throws {
        try ResourceName.validate(resource, prefix: keys.prefix)
        guard !force || token == nil else {
            throw ValidationError("--force takes the lock from anybody, so --token has no meaning with it; leave one of them out")
        }
        guard force || !yes else { throw ValidationError("--yes answers what --force asks; without --force nothing is asked") }
        guard !force || yes || Confirmation.isPossible else {
            throw ValidationError("--force asks on a terminal, and there is none; write --yes if nobody need be asked")
        }
    }

    /// Takes it away, prints, and fails if it is not gone.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let key = LockKey(keys.prefix + resource)
        let report = force ? try await takeAway(key, endpoints) : try await release(key, endpoints)
        try StandardOutput.write(json ? JSONText.lines([report.object]) : report.lines(width: StandardOutput.width))
        if report.verdict.status != 0 { throw ExitCode(report.verdict.status) }
    }

    private func release(_ key: LockKey, _ endpoints: [NodeEndpoint]) async throws(CommandFailure) -> ReleaseReport {
        guard let token = try TokenArgument.read(option: token) else {
            throw CommandFailure(
                ExitStatus.usage,
                "there is no token; write --token -, or put it in \(TokenArgument.variable), or take the lock from anybody by --force")
        }
        let outcomes = await LockRemoval.release(key, token: token.bytes, endpoints, timeout: nodes.lookTimeout)
        return report(key, endpoints, before: [], outcomes, fence: nil)
    }

    private func takeAway(_ key: LockKey, _ endpoints: [NodeEndpoint]) async throws(CommandFailure) -> ReleaseReport {
        let quarantine = nodes.quarantine(nodes: endpoints.count)
        let before = await LockLook.read([key], endpoints, timeout: nodes.lookTimeout, quarantine: quarantine)[0]
        let isThere = before.contains { if case .held = $0.state { true } else { false } }
        let fence = isThere ? Self.nextFence(before) : nil
        if isThere && !yes {
            let shown = InspectReport(resource: resource, key: key, nodes: endpoints.map(\.description), readings: before)
            let width = StandardError.width
            guard Confirmation.ask(shown.lines(width: width) + Table.wrapped(Self.warning(fence), width: width), for: resource) else {
                throw CommandFailure(ExitStatus.notObtained, "that is not its name; nothing was released")
            }
        }
        let terms = FenceTerms(quarantine: quarantine ?? Nanoseconds(nodes.maxTTL.duration))
        let outcomes = await LockRemoval.takeAway(
            key, seen: before, maxTTL: Nanoseconds(nodes.maxTTL.duration), raising: fence.map { ($0, terms) }, endpoints,
            timeout: nodes.lookTimeout)
        return report(key, endpoints, before: before, outcomes, fence: fence)
    }

    /// One more than any counter; nil where there is none, as for locks without fencing, or where it cannot rise further: Lua on the
    /// nodes counts exactly up to 2^53.
    private static func nextFence(_ readings: [LockReading]) -> UInt64? {
        guard let largest = readings.compactMap(\.fencing).max(), largest < 1 << 53 else { return nil }
        return largest + 1
    }

    private static func warning(_ fence: UInt64?) -> String {
        let rejected =
            fence.map { "Only a resource that checks fencing tokens and has been shown \($0) turns it away." }
            ?? "It has no fencing counter, so nothing turns it away."
        return "A holder that still runs goes on until it next extends the lock, or until that would have ended: "
            + "stop it first if you can. \(rejected)"
    }

    private func report(
        _ key: LockKey, _ endpoints: [NodeEndpoint], before: [LockReading], _ outcomes: [LockRemoval.Outcome], fence: UInt64?
    ) -> ReleaseReport {
        ReleaseReport(
            resource: resource, key: key, nodes: endpoints.map(\.description), before: before, outcomes: outcomes, fence: fence)
    }
}
