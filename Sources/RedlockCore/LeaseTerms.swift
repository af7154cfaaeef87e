/// What a lease was asked for: fixed when the machine is made, except for the ttl, which an extension may change.
package struct LeaseTerms: Hashable, Sendable {
    /// Whole milliseconds, as Redis counts them.
    package var ttl: Nanoseconds
    package var drift: DriftBound
    /// The longest one round may take. Never longer than the validity of what it asks for.
    package var attemptTimeout: Nanoseconds
    package var retry: RetrySchedule
    /// How long before the end of validity the holder is told to stop.
    package var safetyMargin: Nanoseconds
    /// Until when failed attempts are repeated; nil means one attempt only.
    package var giveUpAt: Instant?
    package var quorum: Quorum
    /// Whether the lease extends itself, and for how long after it was granted at the most.
    package var autoExtension: AutoExtension?
    /// Whether grants carry a fencing token (PROTOCOL section 7).
    package var fencing: Bool

    package init(
        quorum: Quorum,
        ttl: Nanoseconds,
        drift: DriftBound = DriftBound(),
        attemptTimeout: Nanoseconds,
        giveUpAt: Instant? = nil,
        retry: RetrySchedule = RetrySchedule(),
        safetyMargin: Nanoseconds = .zero,
        autoExtension: AutoExtension? = nil,
        fencing: Bool = false
    ) {
        self.quorum = quorum
        self.ttl = ttl
        self.drift = drift
        self.attemptTimeout = attemptTimeout
        self.giveUpAt = giveUpAt
        self.retry = retry
        self.safetyMargin = safetyMargin
        self.autoExtension = autoExtension
        self.fencing = fencing
    }
}

/// The plan by which a lease extends itself.
package struct AutoExtension: Hashable, Sendable {
    /// No extension begins later than this after the grant; nil means the lease is kept until it is released.
    package var maximumHold: Nanoseconds?

    package init(maximumHold: Nanoseconds? = nil) { self.maximumHold = maximumHold }

    /// How long after the start of one granted round the next begins: a third of the ttl, up to a tenth of it earlier
    /// so that leases taken together do not extend together for ever.
    package func interval(ttl: Nanoseconds, random: UInt64) -> Nanoseconds {
        ttl / 3 - spread(ttl / 30, random)
    }

    /// The last beat before `instant`, of one every ttl/512: leases of one process that are due at about the same time are
    /// due at the same time, and their extensions go out in one batch.
    package func inStep(_ instant: Instant, ttl: Nanoseconds) -> Instant {
        instant - Nanoseconds(instant.nanoseconds % max(ttl.count / 512, 1))
    }

    /// How long to wait after a failed extension: from ttl/64 up to ttl/8, doubling, never below 5 ms.
    ///
    /// - Parameters:
    ///   - left: the time until the holder is told to stop. A wait is cut so that the try after it still has time to succeed.
    ///   - chance: how long that is. The tries after it, if there are any, are the shortest wait apart.
    package func backoff(
        ttl: Nanoseconds, failures: Int, within left: Nanoseconds, chance: Nanoseconds, random: UInt64
    ) -> Nanoseconds {
        let floor = max(ttl / 64, .milliseconds(5))
        let bound = max(min(floor * (Int64(1) << Int64(min(failures, 20))), ttl / 8), floor)
        return max(min(floor + spread(bound - floor, random), left - chance), floor)
    }

    private func spread(_ width: Nanoseconds, _ random: UInt64) -> Nanoseconds {
        Nanoseconds(Int64(random % UInt64(max(width.count, 0) + 1)))
    }
}
