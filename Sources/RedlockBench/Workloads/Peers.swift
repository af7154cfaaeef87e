import Redlock
import RedlockServers

/// The Redlock libraries of Python, and redis-py's lock on a single node, each beside this library:
/// one caller and 64 of them, five nodes.
enum Peers: Workload {
    static let name = "PEERS"
    static let title = "redlock-py, pottery and redis-py's lock; not with --quick"

    static let libraries = ["redlock-py", "pottery", "redis-py"]

    static let concurrencies = [1, 64]

    static func circumstances(_ library: String, _ concurrency: Int) -> String {
        "\(library)\(library == "redis-py" ? ", one node" : ""), \(concurrency == 1 ? "one caller" : "\(concurrency) callers")"
    }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        guard !bench.isQuick else { return bench.report.note("\(name): left out with --quick.") }
        let environment: PythonEnvironment
        do {
            bench.progress.show("making a Python environment")
            environment = try await PythonEnvironment()
        } catch {
            return bench.report.note("\(name): skipped, because \(error).")
        }
        let redlock = try bench.client(fleet.urls)
        for (library, concurrency) in libraries.flatMap({ library in concurrencies.map { (library, $0) } }) {
            bench.progress.heading = "\(name) \(circumstances(library, concurrency))"
            let contestants: [any Contestant] = [
                PeerContestant(name: library, concurrency: concurrency, environment: environment, ports: fleet.servers.map(\.port)),
                LibraryContestant(redlock, concurrency: concurrency, meter: bench.meter(fleet)),
            ]
            do {
                let match = try await Match(contestants, turns: 3, seconds: bench.turn, progress: bench.progress)
                for metric in [Metric.clientCPU, .acquireP50, .acquireP99, .rate] {
                    bench.report.add(Figure(name, circumstances(library, concurrency), metric, in: match, against: 1, named: "redlock"))
                }
            } catch {
                bench.report.note("\(name): \(library) skipped, because \(error).")
            }
        }
        await redlock.shutdown()
    }
}
