import RedlockCore
import Testing

@testable import Redlock

@Suite struct DeadlineWheelTests {
    private let start = Instant(nanoseconds: 123_456_789_012)

    @Test func `a deadline is reported once, never early and at most two ticks late`() {
        var wheel = DeadlineWheel(startingAt: start)
        let deadline = start + .milliseconds(10)
        wheel.arm(7, at: deadline)
        var now = start
        var due: [UInt32] = []
        while due.isEmpty, now < start + .seconds(1) {
            now = now + Nanoseconds(100_000)
            wheel.sweep(at: now, into: &due)
        }
        #expect(due == [7])
        #expect(now >= deadline && now - deadline <= .milliseconds(3))
        due = []
        wheel.sweep(at: now + .seconds(100), into: &due)
        #expect(due.isEmpty)
    }

    @Test func `arming again replaces, disarming forgets`() {
        var wheel = DeadlineWheel(startingAt: start)
        wheel.arm(1, at: start + .milliseconds(5))
        wheel.arm(1, at: start + .seconds(50))
        wheel.arm(2, at: start + .milliseconds(5))
        wheel.disarm(2)
        wheel.disarm(99)
        var due: [UInt32] = []
        wheel.sweep(at: start + .seconds(40), into: &due)
        #expect(due.isEmpty)
        wheel.sweep(at: start + .seconds(51), into: &due)
        #expect(due == [1])
    }

    @Test func `a deadline in the past or already swept comes with the next sweep`() {
        var wheel = DeadlineWheel(startingAt: start)
        var due: [UInt32] = []
        wheel.sweep(at: start + .seconds(9), into: &due)
        wheel.arm(3, at: start)
        wheel.sweep(at: start + .seconds(9) + .milliseconds(2), into: &due)
        #expect(due == [3])
    }

    /// Whatever is armed, following `nextSweep` alone finds everything in time: this is how the lane drives it.
    @Test(arguments: [UInt64(1), 2, 3, 4, 5])
    func `sleeping until nextSweep misses nothing`(seed: UInt64) {
        var random = Jitter(seed: seed)
        var wheel = DeadlineWheel(startingAt: start)
        var armed: [UInt32: Instant] = [:]
        var now = start
        var due: [UInt32] = []
        for _ in 0..<3000 {
            let id = UInt32(random.next() % 64)
            switch random.next() % 3 {
            case 0:
                // Spans from below a tick to several turns of the wheel.
                let deadline = now + Nanoseconds(Int64(random.next() % 20_000_000_000) >> Int64(random.next() % 20))
                wheel.arm(id, at: deadline)
                armed[id] = deadline
            case 1:
                wheel.disarm(id)
                armed[id] = nil
            default:
                guard let next = wheel.nextSweep else {
                    #expect(armed.isEmpty)
                    continue
                }
                if let earliest = armed.values.min() { #expect(next <= earliest + .milliseconds(3)) }
                now = max(now, next)
                wheel.sweep(at: now, into: &due)
                for id in due {
                    let deadline = armed.removeValue(forKey: id)
                    #expect(deadline != nil && deadline! <= now)
                }
                due = []
                for deadline in armed.values { #expect(deadline + .milliseconds(3) > now) }
            }
        }
    }
}
