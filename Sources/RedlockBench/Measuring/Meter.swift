import CMallocCount
import Histogram
import RedlockCore
import RedlockNode
import RedlockServers

/// Measures one trial from outside: clock, CPU of this process and of the servers, allocations, latencies.
struct Meter: Sendable {
    /// Where workers write their latencies.
    let tape: SampleTape
    /// The servers whose CPU counts.
    let servers: [RedisServer]
    /// Whether allocations are counted; counting costs a little CPU itself.
    var countsAllocations = false

    private struct Reading {
        var at = BootClock.now()
        var clientCPU = ProcessStatistics.ownCPU()
        var serverCPU: Double
        var allocations = malloc_count()

        init(_ servers: [RedisServer]) {
            serverCPU = servers.compactMap(\.pid).map { ProcessStatistics.cpu(ofProcess: $0) }.reduce(0, +)
            // Read last before the work begins: reading /proc takes longer than a cycle.
            at = BootClock.now()
            clientCPU = ProcessStatistics.ownCPU()
            allocations = malloc_count()
        }
    }

    /// Lets `work` run and says what it cost. The work writes a sample for each of its cycles.
    func measure(_ work: () async throws -> Void) async rethrows -> Trial {
        tape.rewind()
        let before = Reading(servers)
        if countsAllocations { malloc_count_enable(true) }
        try await work()
        let allocations = malloc_count()
        let (end, clientCPU) = (BootClock.now(), ProcessStatistics.ownCPU())
        malloc_count_enable(false)
        let after = Reading(servers)
        var trial = Trial(
            cycles: tape.count, seconds: Double((end - before.at).count) / 1e9, clientCPU: clientCPU - before.clientCPU,
            serverCPU: after.serverCPU - before.serverCPU, allocations: Int(allocations - before.allocations))
        for sample in tape.recorded {
            trial.acquire.record(UInt64(sample.acquire))
            trial.cycle.record(UInt64(sample.cycle))
        }
        return trial
    }
}
