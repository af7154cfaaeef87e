import ArgumentParser

/// How long locks are given for, in run and suite.
struct TTLOptions: ParsableArguments {
    @Option(help: "The ttl of the locks.")
    var ttl = Span(milliseconds: 1_000)

    @Option(name: .customLong("max-ttl"), help: "The longest ttl, and so how long a restarted node is not counted.")
    var maxTTL = Span(milliseconds: 2_500)

    func validate() throws {
        if ttl.milliseconds < 100 { throw ValidationError("--ttl must be 100ms or more") }
        if maxTTL.milliseconds < ttl.milliseconds { throw ValidationError("--max-ttl must be at least the ttl") }
    }

    func apply(to plan: inout RunPlan) {
        plan.ttlMilliseconds = ttl.milliseconds
        plan.maxTTLMilliseconds = maxTTL.milliseconds
    }
}
