import RedlockCore
import RedlockHistory
import Testing

struct VerdictTests {
    private let evidence = Evidence("two at once", at: Instant(nanoseconds: 1))

    @Test("A violation dominates, and not knowing beats knowing that nothing was found")
    func combining() {
        #expect(Verdict.valid.and(.valid) == .valid)
        #expect(Verdict.valid.and(.unknown("short")) == .unknown("short"))
        #expect(Verdict.unknown("short").and(.invalid([evidence])) == .invalid([evidence]))
        #expect(Verdict.invalid([evidence]).and(.invalid([evidence])) == .invalid([evidence, evidence]))
    }

    @Test("The timeline shows the leases in question, and the picture is one")
    func timelines() {
        let history = History([
            Operation(at: Instant(nanoseconds: 0), process: 0, lease: 1, .acquire(resource: "a<b")),
            Operation(
                at: Instant(nanoseconds: 1_000_000), process: 0, lease: 1, .granted(validUntil: Instant(nanoseconds: 9_000_000), fence: 3)),
            Operation(at: Instant(nanoseconds: 2_000_000), process: 1, lease: 2, .acquire(resource: "a<b")),
            Operation(
                at: Instant(nanoseconds: 3_000_000), process: 1, lease: 2, .granted(validUntil: Instant(nanoseconds: 9_000_000), fence: 4)),
        ])
        let report = Report(on: history)
        let lines = Timeline(history, report: report).lines
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("▶") && lines[1].contains("GRANTED, valid until 9.000"))
        let picture = TimelineSVG(history).text
        #expect(picture.hasPrefix("<svg") && picture.contains("a&lt;b") && !picture.contains("a<b"))
    }
}
