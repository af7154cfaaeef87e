import Testing

@testable import RedlockNode

@Suite("ReplyTape", .timeLimit(.minutes(1)))
struct ReplyTapeTests {
    private func append(_ kind: ReplyTape.Kind, _ text: String, to tape: ReplyTape) -> Bool {
        Array(text.utf8).withUnsafeBytes { tape.append(kind, text: $0) }
    }

    @Test("tokens lie in the order of the wire and keep their bytes apart")
    func order() {
        let tape = ReplyTape()
        #expect(tape.append(.array, value: 3))
        #expect(append(.bulk, "first", to: tape))
        #expect(append(.error, "second", to: tape))
        #expect(append(.status, "", to: tape))
        #expect(tape.head?.kind == .array)
        #expect(tape.tokens.dropFirst().map(tape.text) == ["first", "second", ""])
        #expect(tape.value() == .array([.bulk("first"), .error("second"), .status("")]))
    }

    @Test("it takes exactly as many tokens as its limit")
    func tokenLimit() {
        let tape = ReplyTape()
        for _ in 0..<ReplyTape.tokenLimit - 1 {
            guard tape.append(.null, value: 0) else { return #expect(Bool(false), "refused below the limit") }
        }
        #expect(append(.bulk, "", to: tape))
        #expect(!append(.bulk, "", to: tape))
        #expect(!tape.append(.integer, value: 1))
        tape.clear()
        #expect(tape.append(.integer, value: 1))
    }

    @Test("it takes exactly as many bytes as its limit")
    func byteLimit() {
        let tape = ReplyTape()
        let half = [UInt8](repeating: 1, count: ReplyTape.byteLimit / 2)
        #expect(half.withUnsafeBytes { tape.append(.bulk, text: $0) })
        #expect(half.withUnsafeBytes { tape.append(.bulk, text: $0) })
        #expect(!append(.bulk, "x", to: tape))
        #expect(append(.bulk, "", to: tape))
    }

    @Test("an array of more elements than the tape has tokens is refused, one of as many is not")
    func arrayLimit() {
        let tape = ReplyTape()
        #expect(tape.append(.array, value: Int64(ReplyTape.tokenLimit)))
        #expect(!tape.append(.array, value: Int64(ReplyTape.tokenLimit) + 1))
        #expect(!tape.append(.array, value: .max))
        // The limit is for elements: an integer may have any value.
        #expect(tape.append(.integer, value: .max))
    }

    @Test("text is compared as a whole, a prefix from the start")
    func comparing() throws {
        let tape = ReplyTape()
        #expect(append(.status, "QUEUED", to: tape))
        #expect(append(.status, "OK", to: tape))
        let ok = try #require(tape.tokens.last)
        #expect(tape.isText(ok, "OK"))
        for other in ["O", "OKK", "KO", "ok", ""] as [StaticString] { #expect(!tape.isText(ok, other)) }
        for prefix in ["", "O", "OK"] as [StaticString] { #expect(tape.hasPrefix(ok, prefix)) }
        for other in ["K", "OKK", "QUEUED"] as [StaticString] { #expect(!tape.hasPrefix(ok, other)) }
    }

    @Test("an empty tape has no head and no value")
    func empty() {
        #expect(ReplyTape().head == nil)
        #expect(ReplyTape().value() == .null)
    }

    @Test("bytes that are not UTF-8 become text that is shown, and stay bytes in a value")
    func invalidUTF8() throws {
        let tape = ReplyTape()
        #expect([0xFF as UInt8].withUnsafeBytes { tape.append(.bulk, text: $0) })
        let head = try #require(tape.head)
        #expect(tape.text(head) == "\u{FFFD}")
        #expect(tape.value() == .bulk([0xFF]))
        #expect(tape.value().text == nil)
    }
}
