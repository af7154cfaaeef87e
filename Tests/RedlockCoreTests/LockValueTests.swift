import RedlockCore
import Testing

struct LockValueTests {
    private static let digits = "0123456789abcdeffedcba9876543210"

    private static func read(_ text: String) -> (token: String, name: String?) {
        let value = LockValue(Array(text.utf8))
        return (String(decoding: value.token, as: UTF8.self), value.name)
    }

    @Test("Behind 32 digits and a blank stands the holder's name", arguments: ["x", "billing@web-3:4711", " two  words ", "größe 🔒"])
    func named(name: String) {
        let bytes = Array(Self.digits.utf8) + LockValue.suffix(name)
        #expect(Self.read(String(decoding: bytes, as: UTF8.self)) == (Self.digits, name))
        #expect(LockValue.fault(ofName: name) == nil)
    }

    @Test("Without a name nothing stands behind the token")
    func unnamed() {
        #expect(LockValue.suffix(nil).isEmpty)
        #expect(Self.read(Self.digits) == (Self.digits, nil))
    }

    @Test(
        "What other libraries write is a token as a whole",
        arguments: [
            "", "x", "3fa94c01-d2e8-4b7c-9a55-01f2e3d4c5b6", "0123456789ABCDEFFEDCBA9876543210 name", "0123456789abcdef name",
            digits + " ", digits + "name", digits + "\tname", digits + "0 name", digits + " " + String(repeating: "n", count: 129),
        ])
    func foreign(text: String) {
        #expect(Self.read(text) == (text, nil))
    }

    @Test("Bytes that are no text are no name")
    func binary() {
        let bytes = Array(Self.digits.utf8) + [0x20, 0xFF, 0xFE]
        #expect(LockValue(bytes).name == nil && Array(LockValue(bytes).token) == bytes)
    }

    @Test("The longest value is as long as it is said to be")
    func longest() {
        let name = String(repeating: "n", count: LockValue.nameLimit)
        let bytes = Array(Self.digits.utf8) + LockValue.suffix(name)
        #expect(bytes.count == LockValue.byteLimit)
        #expect(LockValue(bytes).name == name)
    }

    @Test(
        "A name is text of 1 to 128 bytes in which nothing hides",
        arguments: [
            ("", "empty"), (String(repeating: "é", count: 65), "130 bytes"), ("a\nb", "not printable"), ("\u{1B}[31m", "not printable"),
            ("a\u{202E}b", "not printable"), ("a\u{A0}b", "not printable"), ("a\0", "not printable"),
        ])
    func impossible(name: String, fault: String) throws {
        #expect(try #require(LockValue.fault(ofName: name)).contains(fault))
    }
}
