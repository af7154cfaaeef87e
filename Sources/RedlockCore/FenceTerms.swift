/// The constants of fencing (PROTOCOL sections 2 and 7).
package struct FenceTerms: Hashable, Sendable {
    /// S: how far a proposal may be from the node's own clock.
    package var hintClamp: Nanoseconds
    /// How long a counter outlives its last use, so that they do not pile up for ever.
    package var timeToLive: Nanoseconds

    /// - Parameter quarantine: Q, the time a restarted node's votes do not count.
    package init(quarantine: Nanoseconds) {
        hintClamp = .seconds(1)
        timeToLive = max(.seconds(24 * 3600), quarantine * 10)
    }
}
