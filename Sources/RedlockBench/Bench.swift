import Logging
import Redlock
import RedlockServers

/// What every workload is given: how long to measure, where to put what it finds, and how to make a client.
final class Bench {
    /// At most a minute in all, with fewer and shorter turns.
    let isQuick: Bool
    /// Shared by all trials, one at a time.
    let tape = SampleTape()
    var progress = Progress()
    var report = Report()

    init(isQuick: Bool) {
        self.isQuick = isQuick
    }

    /// Seconds of one turn.
    var turn: Double { isQuick ? 0.25 : 1.0 }

    /// Turns for each contestant.
    var turns: Int { isQuick ? 3 : 9 }

    /// A client of these servers, which are fresh and lose nothing, so that there is nothing to wait out.
    func client(_ urls: [String], fencing: Bool = false, lanes: Int = 1) throws -> Redlock {
        var configuration = RedlockConfiguration(nodes: urls)
        configuration.quarantinesRestartedNodes = false
        configuration.fencing = fencing
        configuration.lanes = lanes
        configuration.connection.clientName = "redlock-bench"
        // Its warnings are about servers that live for a minute.
        return try Redlock(configuration: configuration, logger: Logger(label: "redlock-bench") { _ in SwiftLogNoOpLogHandler() })
    }

    /// A meter of these servers.
    func meter(_ fleet: RedisFleet) -> Meter { Meter(tape: tape, servers: fleet.servers) }
}
