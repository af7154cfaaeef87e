import Testing

@testable import RedlockCLI

@Suite("Durations on the command line")
struct DurationArgumentTests {
    @Test(
        "are exact",
        arguments: [
            ("500ms", Duration.milliseconds(500)), ("10s", .seconds(10)), ("2m", .seconds(120)), ("1h", .seconds(3600)),
            ("1.5s", .milliseconds(1500)), ("0.25m", .seconds(15)), ("0s", .zero), ("0.5ms", .microseconds(500)),
            ("0.000000001h", .nanoseconds(3600)), ("8760h", .seconds(8760 * 3600)), ("007s", .seconds(7)),
        ])
    func readsExactly(text: String, expected: Duration) throws {
        let argument = try DurationArgument(text)
        #expect(argument.duration == expected)
        #expect(argument.description == text)
    }

    @Test(
        "of any other form are refused, and the form is told",
        arguments: [
            "", "10", "s", "ms", ".5s", "5.s", "-1s", "+1s", "1 s", " 1s", "1s ", "1d", "1e3s", "1.2.3s", "١s", "1m30s", "0x1s",
            "1.0000000001s", "1S",
        ])
    func refuses(text: String) {
        #expect(performing: { try DurationArgument(text) }, throws: { "\($0)".contains("500ms, 10s, 1.5s, 2m or 1h") })
    }

    @Test("are a year at the most", arguments: ["8761h", "9223372036854775807h", "9223372036854775807ms", "99999999999s"])
    func refusesTooLong(text: String) {
        #expect(performing: { try DurationArgument(text) }, throws: { "\($0)".contains("a year is the most") })
    }
}
