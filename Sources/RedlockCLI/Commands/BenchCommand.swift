import ArgumentParser
import Foundation
import Logging
import Redlock
import RedlockCore
import RedlockNode

/// `redlock bench`: how fast this deployment gives locks and takes them back.
struct BenchCommand: AsyncParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "bench",
        abstract: "Measure how fast these nodes give locks and take them back.",
        usage: "redlock bench [OPTIONS]",
        discussion: """
            Takes and releases locks for half of the time one at a time, and for the other half \
            with several workers, each with a lock of its own. The keys begin with redlock-bench: \
            and a random number, so no lock of anybody is touched; they are deleted at the end, \
            also after Ctrl-C. Whatever a killed bench leaves expires: locks after 10 s, counters \
            after a day. The nodes get as many requests as the workers can make: with --workers 1 \
            hardly more than one client would.

            EXAMPLES
              redlock bench
              redlock bench --duration 2s --json | jq '.[0].acquire_us.p99'

            JSON
              An array with an object for each trial: workers, elapsed_ms, cycles,
              cycles_per_s, acquire_us and release_us (p50, p90, p99, p999, max), failures
              (a count by error code), acquire_histogram (below_us, count).

            EXIT STATUS
              0   measured                       69  no lock was obtained
              64  wrong usage                    74  the output could not be written
              128+N  ended by signal N, with nothing left behind
            """)

    /// How long.
    @Option(
        name: .long, help: ArgumentHelp("How long to measure, 200ms to 1m. (default: 4s)", valueName: "duration"),
        transform: { try DurationArgument($0) })
    var duration: DurationArgument?

    /// How many at once.
    @Option(name: .long, help: ArgumentHelp("How many locks at once in the second half, 1 to 256.", valueName: "number"))
    var workers = 16

    /// Whether fencing tokens are taken.
    @Flag(name: .customLong("no-fencing"), help: "Take no fencing tokens.")
    var noFencing = false

    /// For programs.
    @Flag(name: .long, help: "Print JSON.")
    var json = false

    /// The nodes.
    @OptionGroup(title: "Nodes") var nodes: NodeOptions

    private var span: Duration { duration?.duration ?? .seconds(4) }
    private static let ttl = Duration.seconds(10)

    /// Checks what needs no node.
    func validate() throws {
        guard (.milliseconds(200) ... .seconds(60)).contains(span) else {
            throw ValidationError("--duration is \(duration?.description ?? ""); it must be 200ms to 1m")
        }
        guard (1...256).contains(workers) else { throw ValidationError("--workers is \(workers); it must be 1 to 256") }
    }

    /// Measures, tidies up, and prints.
    func run() async throws {
        let endpoints = try nodes.endpoints()
        let prefix = "redlock-bench:\(UInt64.random(in: .min ... .max)):"
        var configuration = try nodes.configuration(prefix: prefix)
        configuration.connection.clientName = "redlock-bench"
        configuration.fencing = !noFencing
        let redlock: Redlock
        do {
            redlock = try Redlock(
                configuration: configuration, logger: Logger(label: "redlock", factory: { _ in SwiftLogNoOpLogHandler() }))
        } catch { throw CommandFailure(ExitStatus.usage, error.message) }

        let (signals, send) = AsyncStream.makeStream(of: Int32?.self)
        _ = SignalRelay.start([SIGINT, SIGTERM, SIGHUP]) { send.yield($0) }
        let (span, workers, ttl) = (span, workers, min(Self.ttl, nodes.maxTTL.duration))
        let patience = nodes.lookTimeout + nodes.attemptTimeout
        let measuring = Task {
            defer { send.yield(nil) }
            var trials: [BenchTrial] = []
            // The first lock waits for the connections, which is no part of what is measured. Without it there is nothing to measure.
            do throws(RedlockError) {
                await (try await redlock.acquire(BenchTrial.resource(0), ttl: ttl, waiting: patience)).release()
            } catch { return Result<[BenchTrial], RedlockError>.failure(error) }
            for count in workers == 1 ? [1] : [1, workers] where !Task.isCancelled {
                trials.append(await BenchTrial.run(redlock, workers: count, for: span / (workers == 1 ? 1 : 2), ttl: ttl))
            }
            return .success(trials)
        }
        var ended: Int32?
        for await signal in signals {
            ended = signal
            break
        }
        measuring.cancel()
        let outcome = await measuring.value
        await redlock.shutdown()
        // Without a quorum there is nothing but what was released already.
        if case .failure(let error) = outcome, ended == nil { throw Self.failure(error) }
        let absent = await tidyUp(prefix, endpoints)
        if let ended { endBySignal(ended) }

        let report = BenchReport(trials: (try? outcome.get()) ?? [], absent: absent)
        if report.isEmpty, let failure = report.trials.compactMap(\.lastFailure).last { throw Self.failure(failure) }
        try StandardOutput.write(json ? JSONText.lines(report.objects) : report.lines(width: StandardOutput.width))
        if json { report.absent.forEach(StandardError.say) }
    }

    private static func failure(_ failure: RedlockError) -> CommandFailure {
        let reasons = failure.nodes.filter { $0.outcome != .granted && $0.reason != nil }
        return CommandFailure(ExitStatus.unavailable, lines: ["no lock was obtained: \(failure.message)"] + reasons.map { "  \($0)" })
    }

    /// Deletes all keys there can be. The locks are released already where their nodes answered.
    ///
    /// - Returns: which nodes took no part, and why.
    private func tidyUp(_ prefix: String, _ endpoints: [NodeEndpoint]) async -> [String] {
        let timeout = nodes.lookTimeout
        let keys = (0..<workers).map { LockKey(prefix + BenchTrial.resource($0)) }
        let visits = await NodeVisit.all(endpoints, timeout: timeout, quarantine: nodes.quarantine(nodes: endpoints.count)) {
            node throws(NodeFault) in
            _ = try await node.command(["DEL"] + keys.flatMap { [$0.name, $0.fenceName] }, timeout: Nanoseconds(timeout))
            return try await NodeStanding.read(from: node)
        }
        let refusals = NodeStanding.refusals(visits.map { try? $0.get() }, named: endpoints.map(\.description))
        return zip(endpoints, zip(visits, refusals)).compactMap { endpoint, known in
            switch known {
            case (_, let refusal?): "\(endpoint) took no part: \(refusal.detail)"
            case (.failure(let fault), nil): "\(endpoint) took no part: \(fault.detail)"
            case (.success(let standing), nil):
                standing.quarantine.map { "\(endpoint) took no part: it restarted and is quarantined for \(DurationText.left($0))" }
            }
        }
    }
}
