import RedlockCore
import RedlockNode
import Testing

@Suite("NodeConnectionMachine", .timeLimit(.minutes(1)))
struct NodeConnectionMachineTests {
    typealias Machine = NodeConnectionMachine

    private static let schedule = RetrySchedule(base: .milliseconds(20), cap: .seconds(1))

    /// A way to each state.
    private static let ways: [Machine.State: [Machine.Event]] = [
        .idle: [], .connecting: [.started], .up: [.started, .established], .waiting: [.started, .ended], .closed: [.closed],
    ]

    private static func machine(in state: Machine.State, seed: UInt64 = 1) throws -> Machine {
        var machine = Machine(schedule: schedule, seed: seed)
        for event in try #require(ways[state]) { _ = machine.handle(event) }
        try #require(machine.state == state)
        return machine
    }

    /// The effects without the length of a wait.
    private enum Effect: Equatable { case connect, retry, announceUp, announceDown, closeConnection }

    private static func kinds(_ effects: [Machine.Effect]) -> [Effect] {
        effects.map { effect in
            switch effect {
            case .connect: .connect
            case .retry: .retry
            case .announceUp: .announceUp
            case .announceDown: .announceDown
            case .closeConnection: .closeConnection
            }
        }
    }

    /// What each state does with each event that means something to it: all others change nothing.
    private static func expected(_ state: Machine.State, _ event: Machine.Event) -> (Machine.State, [Effect]) {
        switch (state, event) {
        case (.idle, .started): (.connecting, [.connect])
        case (.connecting, .established): (.up, [.announceUp])
        case (.connecting, .ended): (.waiting, [.announceDown, .retry])
        case (.up, .ended): (.waiting, [.announceDown, .retry])
        case (.waiting, .retryDue): (.connecting, [.connect])
        case (.connecting, .closed), (.up, .closed): (.closed, [.closeConnection])
        case (.idle, .closed), (.waiting, .closed): (.closed, [])
        default: (state, [])
        }
    }

    @Test(
        "each state does with each event what the table says",
        arguments: [Machine.State.idle, .connecting, .up, .waiting, .closed],
        [Machine.Event.started, .established, .ended, .retryDue, .closed])
    func table(state: Machine.State, event: Machine.Event) throws {
        var machine = try Self.machine(in: state)
        let before = machine
        let effects = machine.handle(event)
        let (after, kinds) = Self.expected(state, event)
        #expect(machine.state == after)
        #expect(Self.kinds(effects) == kinds)
        // What means nothing leaves no trace, not even in the sequence of the waits.
        if kinds.isEmpty && after == state { #expect(machine == before) }
    }

    /// The waits after each of so many failures in a row.
    private func waits(_ count: Int, _ schedule: RetrySchedule, seed: UInt64) -> [Nanoseconds] {
        var machine = Machine(schedule: schedule, seed: seed)
        _ = machine.handle(.started)
        return (0..<count).compactMap { _ in
            defer { _ = machine.handle(.retryDue) }
            guard case .retry(let wait)? = machine.handle(.ended).last else { return nil }
            return wait
        }
    }

    @Test("a wait is between half of its bound and the bound, which doubles up to the cap", arguments: 0..<50 as Range<UInt64>)
    func backoff(seed: UInt64) {
        for (index, wait) in waits(70, Self.schedule, seed: seed).enumerated() {
            let bound = min(Nanoseconds.milliseconds(20) * (Int64(1) << Int64(min(index, 30))), .seconds(1))
            #expect(wait >= bound / 2 && wait <= bound, "failure \(index + 1)")
        }
    }

    @Test("waits of different nodes differ")
    func jitter() {
        #expect(Set((0..<100 as Range<UInt64>).map { waits(10, Self.schedule, seed: $0)[9] }).count == 100)
    }

    @Test("a connection that was made forgets the failures before it")
    func reset() throws {
        var machine = try Self.machine(in: .waiting)
        for _ in 0..<20 {
            _ = machine.handle(.retryDue)
            _ = machine.handle(.ended)
        }
        _ = machine.handle(.retryDue)
        _ = machine.handle(.established)
        guard case .retry(let wait)? = machine.handle(.ended).last else { return #expect(Bool(false), "no retry") }
        #expect(wait <= .milliseconds(20))
    }

    @Test("no schedule makes it trap, or try again at once")
    func extremes() {
        for base in [Nanoseconds(1), .milliseconds(20), Nanoseconds(.max)] {
            for cap in [Nanoseconds.zero, Nanoseconds(1), .seconds(1), Nanoseconds(.max)] {
                let schedule = RetrySchedule(base: base, cap: cap)
                for wait in waits(70, schedule, seed: 3) { #expect(wait > .zero && wait <= schedule.cap) }
            }
        }
    }

    @Test("however the events come, it connects only when it is not connected, and never after closing", arguments: 0..<20 as Range<UInt64>)
    func randomWalk(seed: UInt64) {
        var random = SeededRandom(seed)
        var machine = Machine(schedule: Self.schedule, seed: seed)
        var isConnected = false
        var isClosed = false
        for _ in 0..<500 {
            let event = [Machine.Event.started, .established, .ended, .retryDue, isConnected ? .ended : .started, .closed][
                // Closing is rare, or the walk would be short.
                Int.random(in: 0..<500, using: &random) == 0 ? 5 : Int.random(in: 0..<5, using: &random)]
            let effects = machine.handle(event)
            #expect(!isClosed || effects.isEmpty)
            if effects.contains(.connect) {
                #expect(!isConnected)
                isConnected = true
            }
            if event == .ended { isConnected = false }
            if event == .closed { (isClosed, isConnected) = (true, false) }
            #expect((machine.state == .up || machine.state == .connecting) == isConnected)
            #expect((machine.state == .closed) == isClosed)
        }
    }
}
