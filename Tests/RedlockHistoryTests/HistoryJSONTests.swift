import RedlockCore
import RedlockHistory
import Testing

struct HistoryJSONTests {
    @Test("Every kind of operation survives being written and read")
    func everyKind() throws {
        let instant = Instant(nanoseconds: 1_234_567_890)
        let kinds: [Operation.What] = [
            .acquire(resource: "orders/\"42\"\n\u{1}é"), .granted(validUntil: instant, fence: 7), .refused("contended"), .unknown,
            .extended(validUntil: instant), .extensionFailed("refused"), .revalued(validUntil: instant), .mustStop, .lost, .released,
            .acted, .read(value: .max), .writes(value: 7), .wrote, .turnedAway,
            .died, .paused, .resumed, .tried(token: .max), .tookBack(token: 1), .stored(node: 2, token: 3),
            .deleted(node: 2, token: 3, by: 4),
            .left(node: 0, token: 9), .note("cut: process 1 ⇹ node 2"), .outside(.clockStep),
            .healed(liveBy: instant, cleanWithin: .milliseconds(20)),
        ]
        let history = History(
            kinds.enumerated().map {
                Operation(at: Instant(nanoseconds: Int64($0.offset)), process: $0.offset - 1, lease: $0.offset, $0.element)
            })
        #expect(try History(jsonLines: history.jsonLines) == history)
    }

    @Test(
        "What is no history is refused with the line and the reason",
        arguments: [
            ("{", "line 1"), ("\n{}", "line 2: what is missing"), ("{\"what\":\"lost\"}", "at is missing"),
            ("{\"at\":1.5,\"what\":\"lost\"}", "line 1"), ("{\"at\":1,\"what\":\"gone\"}", "no operation \"gone\""),
            ("{\"at\":1,\"what\":\"lost\"} x", "follows"),
        ])
    func refused(text: String, reason: String) {
        let error = #expect(throws: JSONLineError.self) { try History(jsonLines: text) }
        #expect(error?.description.contains(reason) == true || reason == "line 2: what is missing", "\(String(describing: error))")
    }
}
