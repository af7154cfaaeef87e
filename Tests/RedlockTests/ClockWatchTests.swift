import RedlockCore
import RedlockNode
import Testing

@Suite struct ClockWatchTests {
    private var watch = ClockWatch(drift: DriftBound())

    private func at(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: 0) + .milliseconds(milliseconds) }

    /// A reading taken at `milliseconds` of our clock, under way for `roundTrip`, of a server that is `offset` ahead.
    private mutating func read(_ milliseconds: Int64, offset: Int64, roundTrip: Int64 = 2) -> Nanoseconds? {
        watch.observe(
            .milliseconds(milliseconds + roundTrip / 2 + offset), askedAt: at(milliseconds), answeredAt: at(milliseconds + roundTrip))
    }

    @Test mutating func `a clock that runs is no news, whatever its offset`() {
        for time in stride(from: Int64(0), to: 100_000, by: 10_000) {
            let step = read(time, offset: 1_795_000_000_000)
            #expect(step == nil)
        }
    }

    @Test mutating func `a step is told with its direction, once`() throws {
        _ = read(0, offset: 5000)
        let forward = try #require(read(10_000, offset: 65_000))
        #expect(abs(forward.count - Nanoseconds.seconds(60).count) < Nanoseconds.milliseconds(10).count)
        let again = read(20_000, offset: 65_000)
        #expect(again == nil)
        let back = try #require(read(30_000, offset: 0))
        #expect(back < .seconds(-60))
    }

    @Test mutating func `a slow answer is no step`() {
        _ = read(0, offset: 0)
        let slow = read(10_000, offset: 0, roundTrip: 8_000)
        #expect(slow == nil)
        let late = watch.observe(.milliseconds(20_000), askedAt: at(20_000), answeredAt: at(29_000))
        #expect(late == nil)
    }
}
