package import RedlockCore

/// Notices that a server's wall clock was set: Redis expires keys by it, so a step forward can give a lock away (C4).
///
/// Nothing on this side can prevent that; it can be said. Each reading gives an interval in which the offset between the
/// server's clock and ours must lie; a step is what keeps two intervals from meeting, beyond what drift explains.
package struct ClockWatch: Sendable {
    /// Smaller steps are within what the drift bound of a lease may be spent on.
    package static let tolerance = Nanoseconds.milliseconds(250)

    private var latest: (earliest: Nanoseconds, latest: Nanoseconds, at: Instant)?
    private let drift: DriftBound

    package init(drift: DriftBound) { self.drift = drift }

    /// Takes a reading of the server's TIME that was asked for and answered at these instants.
    ///
    /// - Returns: by how much the clock was set since the reading before, if it was.
    package mutating func observe(_ serverTime: Nanoseconds, askedAt: Instant, answeredAt: Instant) -> Nanoseconds? {
        let origin = Instant(nanoseconds: 0)
        let now = (earliest: serverTime - (answeredAt - origin), latest: serverTime - (askedAt - origin), at: answeredAt)
        defer { latest = now }
        guard let before = latest else { return nil }
        let slack = Self.tolerance + drift.drift(over: answeredAt - before.at)
        if now.earliest > before.latest + slack { return now.earliest - before.latest }
        if now.latest < before.earliest - slack { return now.latest - before.earliest }
        return nil
    }
}
