import ArgumentParser

/// How the time of a lease is divided between the command's work and its end.
struct RunTiming: Sendable, Hashable {
    /// For how long the nodes keep the lock if nobody extends it.
    let ttl: Duration
    /// From SIGTERM to SIGKILL.
    let grace: Duration
    /// From SIGKILL to the end of validity: what the kernel and we may need.
    let reserve: Duration

    /// How long before the end of validity the command must be told to end.
    var safetyMargin: Duration { grace + reserve }

    private static let leastTTL = Duration.milliseconds(500)
    private static let usualGrace = Duration.seconds(5)

    /// Divides the ttl.
    ///
    /// An extension is tried after a third of the ttl, and again if it fails: half of it is left for that.
    ///
    /// - Parameters:
    ///   - grace: nil for 5 s, or a quarter of the ttl if that is less.
    ///   - onLost: only a command that is asked to end has a grace.
    /// - Throws: `ValidationError`, which says what to change.
    init(ttl: DurationArgument, grace: DurationArgument?, maxTTL: DurationArgument, onLost: LossPolicy = .term) throws {
        self.ttl = ttl.duration
        guard self.ttl >= Self.leastTTL else {
            throw ValidationError("--ttl is \(ttl); it must be 500ms or more, so that a command can be stopped before it is over")
        }
        guard self.ttl <= maxTTL.duration else {
            throw ValidationError(
                "--ttl is \(ttl), longer than --max-ttl (\(maxTTL)); ask for less, the lock is extended while the command runs, "
                    + "or raise --max-ttl in all clients")
        }
        reserve = min(self.ttl / 10, .seconds(1))
        guard onLost == .term || grace == nil else {
            throw ValidationError("--grace is the time from SIGTERM to SIGKILL, and --on-lost \(onLost) sends none; leave one of them out")
        }
        self.grace = onLost == .term ? grace?.duration ?? min(Self.usualGrace, self.ttl / 4) : .zero
        guard safetyMargin <= self.ttl / 2 else {
            // Below 10 s the reserve is a tenth of the ttl, above it is 1 s.
            let ttlNeeded = max(min(self.grace * 5 / 2, self.grace * 2 + .seconds(2)), Self.leastTTL)
            throw ValidationError(
                "--grace \(grace?.description ?? "") does not fit in --ttl \(ttl): SIGTERM, the grace and SIGKILL must be over before the lock is; "
                    + "write --ttl \(DurationText.argument(ttlNeeded + .microseconds(999))) or more, "
                    + "or --grace \(DurationText.argument(self.ttl / 2 - reserve)) or less")
        }
    }
}
