import Logging
import Redlock
import RedlockServers
import Synchronization
import Testing

/// Redis expires keys by the wall clock of its machine; what happens when somebody sets it (PROTOCOL, C4).
@Suite(.timeLimit(.minutes(2)), .enabled(if: SteppableClock.isAvailable, "needs Linux and a C compiler")) struct ClockStepTests {
    /// Keeps what is logged at warning and above.
    private final class Log: Sendable {
        private let lines = Mutex<[String]>([])
        var all: [String] { lines.withLock { $0 } }

        struct Handler: LogHandler {
            let log: Log
            var metadata: Logger.Metadata = [:]
            var logLevel = Logger.Level.warning
            subscript(metadataKey key: String) -> Logger.Metadata.Value? {
                get { metadata[key] }
                set { metadata[key] = newValue }
            }

            func log(event: LogEvent) {
                log.lines.withLock { $0.append("\(event.message) \(event.metadata ?? [:])") }
            }
        }
    }

    @Test func `one clock set forward gives the lock to nobody, and is warned about`() async throws {
        let clock = try SteppableClock()
        try await withRedisFleet([RedisServer.Options(), RedisServer.Options(), clock.options]) { fleet in
            let log = Log()
            var configuration = RedlockConfiguration(nodes: fleet.urls)
            configuration.quarantinesRestartedNodes = false
            let redlock = try Redlock(configuration: configuration, logger: Logger(label: "test") { _ in Log.Handler(log: log) })
            let lease = try await redlock.acquire("r", ttl: .seconds(30), options: .extending)
            try await eventually("on all nodes") { try await fleet.holders(of: "r") == 3 }
            // Once its clock has been read, which happens while there are leases: by the client, beside the script's own reading.
            try await eventually("the clock was read") {
                let statistics = try await fleet.servers[2].cli("INFO", "commandstats")
                return statistics.contains("cmdstat_time:") && !statistics.contains("cmdstat_time:calls=1,")
            }
            try clock.step(to: .seconds(3600))
            #expect(try await fleet.servers[2].cli("EXISTS", "r") == "0", "the clock was not set at all")
            let other = try await redlock.tryAcquire("r", ttl: .seconds(5))
            #expect(other == nil)
            // The lost key is put back by the next extension; and the clock is looked at every ten seconds.
            try await eventually("warned") { log.all.contains { $0.contains("the clock of a node was set") } }
            let warnings = log.all.filter { $0.contains("clock") }
            #expect(warnings.count == 1 && warnings[0].contains("127.0.0.1:\(fleet.servers[2].port)") && warnings[0].contains("slew"))
            #expect(lease.isValid)
            await lease.release()
            await redlock.shutdown()
        }
    }

    /// Proves that what Guarantees.md says is needed is needed: nothing on this side can prevent it.
    @Test func `clocks set forward on a majority give the lock away, and the fencing token tells the two holders apart`() async throws {
        let clock = try SteppableClock()
        try await withRedisFleet([RedisServer.Options(), clock.options, clock.options]) { fleet in
            try await withRedlock(fleet.urls) { redlock in
                let lease = try await redlock.acquire("r", ttl: .seconds(30))
                try await eventually("on all nodes") { try await fleet.holders(of: "r") == 3 }
                try clock.step(to: .seconds(60))
                let other = try await redlock.acquire("r", ttl: .seconds(5), waiting: .seconds(20))
                #expect(lease.isValid && other.isValid)
                #expect(other.fencingToken > lease.fencingToken)
                await other.release()
                await lease.release()
            }
        }
    }
}
