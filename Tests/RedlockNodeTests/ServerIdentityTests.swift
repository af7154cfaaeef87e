import RedlockCore
import Testing

@testable import RedlockNode

/// When a server's votes begin to count, against the rule in exact arithmetic.
@Suite("Quarantine", .timeLimit(.minutes(1)))
struct ServerIdentityTests {
    private static func identity(uptime: Int64, readAt: Int64 = 0) -> ServerIdentity {
        ServerIdentity(
            runID: "a", uptimeSeconds: uptime, version: "7", flavour: "redis", mode: "standalone", readAt: Instant(nanoseconds: readAt))
    }

    /// PROTOCOL sections 4 and 5: (U − 1 s) + (now − read) · (1 − drift) ≥ Q, in billionths of a microsecond and no rounding.
    private static func mayCount(_ identity: ServerIdentity, _ quarantine: Nanoseconds, _ drift: DriftBound, at now: Instant) -> Bool {
        let million: Int128 = 1_000_000
        let known = (Int128(identity.uptimeSeconds) - 1) * 1_000_000_000 * million
        let since = (Int128(now.nanoseconds) - Int128(identity.readAt.nanoseconds)) * (million - Int128(drift.partsPerMillion))
        return known + since >= Int128(quarantine.count) * million
    }

    @Test("never before the rule allows it, and not much later", arguments: 0..<8 as Range<UInt64>)
    func property(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<5_000 {
            let quarantine = Nanoseconds(.random(in: 1...Int64.random(in: 1...3_600_000_000_000, using: &random), using: &random))
            let drift = DriftBound(partsPerMillion: .random(in: 0...500_000, using: &random))
            let identity = Self.identity(
                uptime: .random(in: 0...(quarantine.count / 1_000_000_000 + 3), using: &random),
                readAt: .random(in: 0...1 << 60, using: &random))
            let trusted = identity.trusted(after: quarantine, drift: drift)
            #expect(Self.mayCount(identity, quarantine, drift, at: trusted), "seed \(seed)")
            #expect(trusted >= identity.readAt)
            let missing = max(quarantine.count - (identity.uptimeSeconds - 1) * 1_000_000_000, 0)
            let bound = Int128(missing) * (1_000_000 + 2 * Int128(drift.partsPerMillion)) / 1_000_000 + 2_000_001
            #expect(Int128((trusted - identity.readAt).count) <= bound, "seed \(seed)")
        }
    }

    @Test("an uptime of Q and one second more counts at once, a second less does not")
    func boundary() {
        let drift = DriftBound()
        #expect(Self.identity(uptime: 61, readAt: 5).trusted(after: .seconds(60), drift: drift) == Instant(nanoseconds: 5))
        #expect(Self.identity(uptime: 60, readAt: 5).trusted(after: .seconds(60), drift: drift) > Instant(nanoseconds: 5) + .seconds(1))
        #expect(Self.identity(uptime: 61, readAt: 5).trusted(after: .seconds(60) + Nanoseconds(1), drift: drift) > Instant(nanoseconds: 5))
    }

    @Test("a server that says an uptime of zero waits a second longer than Q, and the drift")
    func fresh() {
        let trusted = Self.identity(uptime: 0).trusted(after: .seconds(10), drift: DriftBound(partsPerMillion: 10_000))
        #expect(trusted == Instant(nanoseconds: 0) + .seconds(11) + .milliseconds(222))
    }

    @Test("no number makes it trap, and the largest quarantine is waited for, not wrapped around")
    func extremes() {
        for uptime in [0, 1, Int64.max] {
            for quarantine in [Nanoseconds(.max), .zero, Nanoseconds(.min)] {
                for readAt in [Int64.min, 0, .max] {
                    let identity = Self.identity(uptime: uptime, readAt: readAt)
                    #expect(identity.trusted(after: quarantine, drift: DriftBound()) >= identity.readAt)
                }
            }
        }
        #expect(Self.identity(uptime: 0).trusted(after: Nanoseconds(.max), drift: DriftBound()) == .distantFuture)
    }
}
