extension Target {
    /// What was wanted of the library when it was designed.
    static let all: [Target] = floor + costs + peers

    private static let floor = [
        w1("acquire p50 at 1, to the floor", Uncontended.circumstances(1), .acquireP50, .atMost(1.25)),
        w1("acquire p50 at 1 on the lane, to the floor", Uncontended.onLane(1), .acquireP50, .atMost(1.10)),
        w1("client CPU per cycle at 1024, to the floor", Uncontended.circumstances(1024), .clientCPU, .atMost(1.0)),
        w1("client CPU per cycle at 64, to the floor", Uncontended.circumstances(64), .clientCPU, .atMost(1.5)),
        w1("client CPU per cycle at 1, to the floor", Uncontended.circumstances(1), .clientCPU, .atMost(1.5)),
        w1("cycles/s at 1024, to the floor", Uncontended.circumstances(1024), .rate, .atLeast(0.95)),
    ]

    private static let costs = [
        fencing("acquire p50 with fencing, to without", 1, .acquireP50, .atMost(1.15)),
        fencing("cycles/s with fencing at 1024, to without", 1024, .rate, .atLeast(0.75)),
        outage("acquire p99 with one node paused at 1, to healthy", Outages.paused, 1),
        outage("acquire p99 with one node paused at 64, to healthy", Outages.paused, 64),
        outage("acquire p99 with two nodes dead at 1, to healthy", Outages.twoDead, 1),
        outage("acquire p99 with two nodes dead at 64, to healthy", Outages.twoDead, 64),
        Target(
            name: "memory after 300k cycles with one node mute, beyond healthy", key: Outages.muteMemory(cycles: 300_000),
            bound: .atMost(20), unit: .mebibytes
        ),
        Target(
            name: "heap allocations per cycle at 1024",
            key: Figure.Key(
                workload: Allocations.name, circumstances: Allocations.circumstances(1024), quantity: Metric.allocations.rawValue),
            bound: .atMost(8), unit: .count),
        held("memory of one of 100,000 leases", HeldLeases.memory, 600, .bytes),
        held("client CPU per extension, 100,000 leases", HeldLeases.cpu, 5, .microseconds),
    ]

    private static let peers = ["redlock-py", "pottery"].flatMap { library in
        Peers.concurrencies.map { concurrency in
            Target(
                name: "client CPU per cycle of \(Peers.circumstances(library, concurrency)), to redlock",
                key: Figure.Key(
                    workload: Peers.name, circumstances: Peers.circumstances(library, concurrency), quantity: Metric.clientCPU.rawValue,
                    reference: "redlock"),
                bound: .atLeast(10))
        }
    }

    private static func w1(_ name: String, _ circumstances: String, _ metric: Metric, _ bound: Bound) -> Target {
        Target(
            name: name,
            key: Figure.Key(workload: Uncontended.name, circumstances: circumstances, quantity: metric.rawValue, reference: "floor"),
            bound: bound)
    }

    private static func fencing(_ name: String, _ concurrency: Int, _ metric: Metric, _ bound: Bound) -> Target {
        Target(
            name: name,
            key: Figure.Key(
                workload: FencingAndTLS.name, circumstances: FencingAndTLS.fencing(concurrency), quantity: metric.rawValue,
                reference: "without"),
            bound: bound)
    }

    private static func outage(_ name: String, _ outage: String, _ concurrency: Int) -> Target {
        Target(
            name: name,
            key: Figure.Key(
                workload: Outages.name, circumstances: Outages.circumstances(outage, concurrency), quantity: Metric.acquireP99.rawValue,
                reference: "healthy"),
            bound: .atMost(1.2))
    }

    private static func held(_ name: String, _ quantity: String, _ limit: Double, _ unit: Quantity.Unit) -> Target {
        Target(
            name: name,
            key: Figure.Key(
                workload: HeldLeases.name, circumstances: HeldLeases.circumstances(HeldLeases.many), quantity: quantity),
            bound: .atMost(limit), unit: unit)
    }
}
