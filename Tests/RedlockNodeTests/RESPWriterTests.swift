import NIOCore
import RedlockCore
import Testing

@testable import RedlockNode

@Suite("RESPWriter", .timeLimit(.minutes(1)))
struct RESPWriterTests {
    private func written(capacity: Int = 256, _ body: (inout RESPWriter) -> Void) -> String {
        var buffer = ByteBuffer()
        buffer.writeRESP(capacity: capacity, body)
        return String(buffer: buffer)
    }

    @Test(
        "an integer is written as its decimal digits, with their number before it",
        arguments: [0, 1, -1, 9, 10, -9, -10, 99, 100, 1_763_700_000_123_456, Int64.max, .max - 1, .min, .min + 1])
    func integers(value: Int64) {
        let digits = "\(value)"
        #expect(written { $0.bulk(value) } == "$\(digits.utf8.count)\r\n\(digits)\r\n")
    }

    @Test("every power of ten and its neighbours are written in full")
    func powersOfTen() {
        var power: Int64 = 1
        for _ in 0..<18 {
            power *= 10
            for value in [power - 1, power, power + 1, -power + 1, -power, -power - 1] {
                #expect(written { $0.bulk(value) } == "$\("\(value)".utf8.count)\r\n\(value)\r\n")
            }
        }
    }

    @Test("a text is written with its length in bytes", arguments: ["", "a", "größe", "🔒", "a\r\n$1\r\nb", "\0", "e\u{301}"])
    func texts(text: String) {
        let bytes = Array(text.utf8)
        #expect(written { $0.bulk(text) }.utf8.elementsEqual("$\(bytes.count)\r\n\(text)\r\n".utf8))
        #expect(written { $0.bulk(bytes) }.utf8.elementsEqual("$\(bytes.count)\r\n\(text)\r\n".utf8))
        #expect(written { $0.bulk("pre:", text) }.utf8.elementsEqual("$\(bytes.count + 4)\r\npre:\(text)\r\n".utf8))
    }

    @Test("a text that is not stored as contiguous UTF-8 is written the same")
    func substring() {
        // What Foundation or a decoder hands over need not be native storage.
        let text = String("xgrößex".dropFirst().dropLast())
        #expect(written { $0.bulk(text) } == "$7\r\ngröße\r\n")
    }

    @Test("a token is written as 32 hexadecimal digits")
    func token() {
        let token = LockToken(high: 0x0123_4567_89AB_CDEF, low: 0)
        #expect(written { $0.bulk(token) } == "$32\r\n0123456789abcdef0000000000000000\r\n")
    }

    @Test("what is exactly as long as was said fits")
    func exactCapacity() {
        #expect(written(capacity: 9) { $0.bulk("abc") } == "$3\r\nabc\r\n")
    }

    @Test("a command is an array of its arguments, whatever bytes they are")
    func command() {
        var buffer = ByteBuffer()
        buffer.writeCommand([Array("SET".utf8), [0, 255, 13, 10], []])
        #expect(
            Array(buffer.readableBytesView) == Array("*3\r\n$3\r\nSET\r\n$4\r\n".utf8) + [0, 255, 13, 10] + Array("\r\n$0\r\n\r\n".utf8))
    }

    @Test("commands are written one behind the other")
    func appending() {
        var buffer = ByteBuffer()
        buffer.writeCommand([Array("PING".utf8)])
        buffer.writeRESP(capacity: 8) { $0.literal("*0\r\n") }
        buffer.writeCommand([Array("PING".utf8)])
        #expect(String(buffer: buffer) == "*1\r\n$4\r\nPING\r\n*0\r\n*1\r\n$4\r\nPING\r\n")
    }
}
