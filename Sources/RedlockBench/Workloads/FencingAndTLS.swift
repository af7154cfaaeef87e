import Redlock
import RedlockServers

/// W2: what fencing tokens and TLS cost, each beside the same client without; and what fencing costs a bare client.
enum FencingAndTLS: Workload {
    static let name = "W2"
    static let title = "fencing on and off, TLS on and off"

    static func fencing(_ concurrency: Int) -> String { "fencing, concurrency \(concurrency)" }

    static func run(_ bench: Bench, on fleet: RedisFleet) async throws {
        let certificate = try await CertificateAuthority.make().certificate()
        try await withRedisFleet(5, RedisServer.Options(tls: certificate)) { secured in
            let clients = [
                try bench.client(fleet.urls), try bench.client(fleet.urls, fencing: true), try bench.client(secured.urls),
            ]
            for concurrency in bench.isQuick ? [1, 1024] : [1, 64, 1024] {
                bench.progress.heading = "\(name) concurrency \(concurrency)"
                let floor = try FloorClient(ports: fleet.servers.map(\.port), concurrency: concurrency)
                let contestants: [any Contestant] = [
                    LibraryContestant(clients[0], concurrency: concurrency, name: "plain", meter: bench.meter(fleet)),
                    LibraryContestant(clients[1], concurrency: concurrency, name: "fenced", meter: bench.meter(fleet)),
                    LibraryContestant(clients[2], concurrency: concurrency, name: "tls", meter: bench.meter(secured)),
                    FloorContestant(client: floor, work: .plain, meter: bench.meter(fleet)),
                    FloorContestant(client: floor, work: .fenced, meter: bench.meter(fleet)),
                ]
                let match = try await Match(contestants, turns: bench.turns, seconds: bench.turn, progress: bench.progress)
                for metric in [Metric.acquireP50, .rate, .clientCPU, .serverCPU] {
                    bench.report.add(Figure(name, fencing(concurrency), metric, in: match, of: 1, against: 0, named: "without"))
                }
                for metric in [Metric.acquireP50, .rate, .clientCPU] {
                    bench.report.add(
                        Figure(name, fencing(concurrency), metric, in: match, of: 1, against: 4, named: "fenced floor"))
                }
                for metric in [Metric.acquireP50, .rate] {
                    bench.report.add(
                        Figure(name, "fenced floor, concurrency \(concurrency)", metric, in: match, of: 4, against: 3, named: "floor"))
                }
                for metric in [Metric.acquireP50, .rate, .clientCPU, .serverCPU] {
                    bench.report.add(
                        Figure(name, "TLS, concurrency \(concurrency)", metric, in: match, of: 2, against: 0, named: "without"))
                }
            }
            let fenced = clients[1].statistics
            bench.report.note(
                "\(name): \(Quantity.grouped(Double(fenced.raised))) of \(Quantity.grouped(Double(fenced.granted))) fenced grants needed a second round."
            )
            for client in clients { await client.shutdown() }
        }
    }
}
