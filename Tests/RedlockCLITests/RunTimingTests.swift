import Testing

@testable import RedlockCLI

@Suite("The time of a lease under redlock run")
struct RunTimingTests {
    private func timing(_ ttl: String, _ grace: String? = nil, maxTTL: String = "60s") throws -> RunTiming {
        try RunTiming(ttl: DurationArgument(ttl), grace: grace.map { try DurationArgument($0) }, maxTTL: DurationArgument(maxTTL))
    }

    @Test(
        "leaves at least half of the ttl for extensions, and a reserve after SIGKILL",
        arguments: ["500ms", "1s", "2s", "10s", "20s", "30s", "60s"])
    func defaults(ttl: String) throws {
        let timing = try timing(ttl)
        #expect(timing.safetyMargin <= timing.ttl / 2)
        #expect(timing.reserve > .zero)
        #expect(timing.grace == min(.seconds(5), timing.ttl / 4))
    }

    @Test(
        "says what would fit, and that fits", arguments: [("5s", "4s"), ("10s", "5s"), ("30s", "20s"), ("1s", "450ms"), ("500ms", "333ms")])
    func remedies(ttl: String, grace: String) throws {
        let error = try #require(throws: (any Error).self) { try timing(ttl, grace) }
        let words = "\(error)".split(whereSeparator: { $0 == " " || $0 == "," || $0 == "\"" || $0 == ")" }).map(String.init)
        let longerTTL = try #require(words.lastIndex(of: "--ttl").map { words[$0 + 1] })
        let shorterGrace = try #require(words.lastIndex(of: "--grace").map { words[$0 + 1] })
        _ = try timing(longerTTL, grace)
        _ = try timing(ttl, shorterGrace)
    }

    @Test("has a grace only where the command is asked to end", arguments: [LossPolicy.kill, .ignore])
    func graceless(onLost: LossPolicy) throws {
        let (ttl, most) = (try DurationArgument("10s"), try DurationArgument("60s"))
        #expect(try RunTiming(ttl: ttl, grace: nil, maxTTL: most, onLost: onLost).safetyMargin == .seconds(1))
        #expect(performing: { try RunTiming(ttl: ttl, grace: ttl, maxTTL: most, onLost: onLost) }, throws: { "\($0)".contains("--grace") })
    }

    @Test("refuses a ttl that leaves no time to stop a command, or is longer than all agreed on")
    func ttlLimits() {
        #expect(throws: (any Error).self) { try timing("499ms") }
        #expect(performing: { try timing("61s") }, throws: { "\($0)".contains("--max-ttl") })
        #expect(throws: Never.self) { try timing("61s", maxTTL: "61s") }
    }
}
