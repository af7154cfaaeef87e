package import RedlockCore

/// When to connect to a node, and when to try again: for ever, with jittered backoff. Pure.
package struct NodeConnectionMachine: Hashable, Sendable {
    package enum State: Hashable, Sendable {
        /// Not asked to connect yet. Can transition to: connecting, closed.
        case idle
        /// A connection is being made, TLS and handshake included. Can transition to: up, waiting, closed.
        case connecting
        /// The handshake is done. Can transition to: waiting, closed.
        case up
        /// Waiting to try again. Can transition to: connecting, closed.
        case waiting
        /// Final.
        case closed
    }

    package enum Event: Hashable, Sendable { case started, established, ended, retryDue, closed }

    package enum Effect: Hashable, Sendable {
        case connect
        case retry(after: Nanoseconds)
        /// Requests are taken from now on.
        case announceUp
        /// Requests are not taken any more. The first failure to connect announces it too: the node's state is known.
        case announceDown
        case closeConnection
    }

    package private(set) var state: State = .idle
    private var failures = 0
    private let schedule: RetrySchedule
    private var jitter: Jitter

    package init(schedule: RetrySchedule, seed: UInt64) {
        self.schedule = schedule
        self.jitter = Jitter(seed: seed)
    }

    package mutating func handle(_ event: Event) -> [Effect] {
        switch (state, event) {
        case (.idle, .started), (.waiting, .retryDue):
            state = .connecting
            return [.connect]
        case (.connecting, .established):
            state = .up
            failures = 0
            return [.announceUp]
        case (.connecting, .ended), (.up, .ended):
            state = .waiting
            failures += 1
            // Half of the wait is fixed: a node that refuses at once must not be asked again at once.
            let bound = schedule.delay(afterFailures: failures, random: jitter.next()) ?? schedule.cap
            let floor = min(schedule.base * (Int64(1) << Int64(min(failures - 1, 40))), schedule.cap) / 2
            return [.announceDown, .retry(after: floor + bound / 2)]
        case (.closed, _):
            return []
        case (let old, .closed):
            state = .closed
            return old == .connecting || old == .up ? [.closeConnection] : []
        default:
            return []
        }
    }
}
