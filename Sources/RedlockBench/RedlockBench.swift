import ArgumentParser
import Foundation
import Redlock
import RedlockServers

/// `redlock-bench`: measures the library beside the least that any client could do.
@main
struct RedlockBench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "redlock-bench",
        abstract: "Measures Redlock beside a bare hiredis client, on five redis-servers of its own.",
        discussion: """
            Every figure is taken in turns with its reference, so that what else the machine does meets both. \
            Ratios are the result; absolute values are for information. Measure on a machine that is otherwise idle.

            WORKLOADS
            \(workloads.map { "  \($0.name)  \($0.title)" }.joined(separator: "\n"))
            """)

    private static let workloads: [any Workload.Type] = [
        Uncontended.self, FencingAndTLS.self, Outages.self, Contention.self, HandOff.self, HeldLeases.self, Growth.self, Allocations.self,
        Peers.self,
    ]

    @Flag(help: "At most a minute: fewer and shorter turns, without the Python libraries.")
    var quick = false

    @Flag(help: "Print JSON instead of tables.")
    var json = false

    @Option(help: "Only these workloads, separated by commas: W1,W3.")
    var only: String?

    @Option(help: ArgumentHelp("Write latency distributions and cost growth to this file.", valueName: "file.svg"))
    var plot: String?

    @Option(help: ArgumentHelp("Run nothing but the library at this concurrency, to be profiled.", visibility: .hidden))
    var solo: Int?

    @Flag(help: ArgumentHelp("Run the tasks of --solo on the lane's executor.", visibility: .hidden))
    var onLane = false

    @Option(help: ArgumentHelp("For how long --solo runs.", visibility: .hidden))
    var seconds = 10.0

    func validate() throws {
        for name in chosen ?? [] where !Self.workloads.contains(where: { $0.name == name }) {
            throw ValidationError("there is no workload \(name); there are \(Self.workloads.map { $0.name }.joined(separator: ", "))")
        }
    }

    private var chosen: [String]? { only?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces).uppercased() } }

    func run() async throws {
        let bench = Bench(isQuick: quick)
        if let solo { return try await profile(bench, concurrency: solo) }
        let machine = try await withRedisFleet(5) { fleet in
            guard fleet.servers.count == 5 else { throw BenchError("\(fleet.servers.count) servers were started instead of five") }
            let machine = try await Machine(server: fleet[0])
            for workload in Self.workloads where chosen?.contains(workload.name) ?? true {
                bench.progress.heading = workload.name
                bench.progress.show(workload.title)
                do {
                    try await workload.run(bench, on: fleet)
                } catch {
                    // What was measured before is not lost for it.
                    bench.report.fail("\(workload.name): stopped, because \(error).")
                    fleet.servers.forEach { $0.resume() }
                }
            }
            return machine
        }
        bench.progress.clear()
        if let plot, let picture = Plot(bench.report) {
            try picture.svg.write(toFile: plot, atomically: true, encoding: .utf8)
        }
        try write(bench.report, machine)
        if bench.report.hasFailed { throw ExitCode.failure }
    }

    private func profile(_ bench: Bench, concurrency: Int) async throws {
        try await withRedisFleet { fleet in
            var meter = bench.meter(fleet)
            meter.countsAllocations = true
            let redlock = try bench.client(fleet.urls)
            let contestant = LibraryContestant(redlock, concurrency: concurrency, onLane: onLane, meter: meter)
            let trial = try await contestant.run(seconds: seconds)
            for metric in Metric.allCases { print(metric.rawValue, Quantity(metric.value(in: trial), metric.unit)) }
            await redlock.shutdown()
        }
    }

    private func write(_ report: Report, _ machine: Machine) throws {
        let verdicts = Target.all.map { $0.verdict(in: report) }.filter { chosen == nil || $0.isMet != nil }
        if json {
            print(try JSONReport(machine: machine, figures: report.figures, targets: verdicts, notes: report.notes).text())
        } else {
            print(machine, "", separator: "\n")
            print(report.table.lines.joined(separator: "\n"))
            if !report.notes.isEmpty { print("\n" + report.notes.joined(separator: "\n")) }
            if !verdicts.isEmpty { print("\n" + verdicts.table.lines.joined(separator: "\n")) }
        }
    }
}
