import RedlockCore

/// Everything that decides a run, but for the machine.
struct RunPlan: Sendable {
    var nodes = 5
    var clients = 8
    var resources = 3
    /// For how long faults are made, in milliseconds; start and end come on top.
    var milliseconds: Int64 = 60_000
    var nemeses: [any Nemesis] = Nemeses.withinThePromise
    /// As it was written.
    var nemesisText = "within"
    var seed: UInt64 = 1
    var ttlMilliseconds: Int64 = 1_000
    /// Long enough for fencing tokens to rise also after their counters are lost: the quarantine that follows from it is
    /// more than two clamps of the hint and what clocks may be off (A5).
    var maxTTLMilliseconds: Int64 = 2_500
    /// Off only to see the harness notice.
    var quarantine = true
    /// Whether to end as soon as a promise is seen broken.
    var stopsAtViolation = false
    /// The folder for the report.
    var folder: String

    var maxTTL: Nanoseconds { .milliseconds(maxTTLMilliseconds) }

    var safetyMargin: Nanoseconds { WorkerPlan.safetyMargin(ttlMilliseconds: ttlMilliseconds) }

    /// How long a started node must be up before its votes count: PROTOCOL section 5, in whole seconds of uptime.
    var quarantineSeconds: Double { quarantine ? (Double(maxTTLMilliseconds) * 1.01 / 1_000 + 0.002).rounded(.up) + 1.2 : 0 }

    /// The command that does the same again.
    var command: String {
        "redlock-chaos run --nodes \(nodes) --clients \(clients) --resources \(resources) --duration \(milliseconds)ms"
            + " --nemesis \(nemesisText) --seed \(seed) --ttl \(ttlMilliseconds)ms --max-ttl \(maxTTLMilliseconds)ms"
            + (quarantine ? "" : " --no-quarantine")
    }
}
