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

/// A span of time on the command line: `500ms`, `60s`, `15m`.
struct Span: ExpressibleByArgument, CustomStringConvertible, Sendable {
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        for (suffix, factor) in [("ms", Int64(1)), ("s", 1_000), ("m", 60_000)] where argument.hasSuffix(suffix) {
            guard let count = Int64(argument.dropLast(suffix.count)), (1...86_400_000 / factor).contains(count) else { return nil }
            milliseconds = count * factor
            return
        }
        return nil
    }

    var description: String { milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms" }
}
