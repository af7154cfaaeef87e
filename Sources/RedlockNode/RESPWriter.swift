import NIOCore
import RedlockCore

/// Writes RESP into memory that is known to be large enough: one capacity check per command instead of one per field.
struct RESPWriter {
    private let capacity: Int
    private let start: UnsafeMutablePointer<UInt8>
    private(set) var count = 0

    fileprivate init(into memory: UnsafeMutableRawBufferPointer) {
        // Going on without the bytes would shift every reply behind them.
        guard let start = memory.baseAddress else { preconditionFailure("a buffer without memory") }
        self.start = start.assumingMemoryBound(to: UInt8.self)
        capacity = memory.count
    }

    mutating func literal(_ text: StaticString) {
        text.withUTF8Buffer { raw(UnsafeRawBufferPointer($0)) }
    }

    mutating func array(_ elements: Int) {
        header(0x2A, elements)
    }

    mutating func bulk(_ text: String) {
        header(0x24, text.utf8.count)
        utf8(text)
        newline()
    }

    mutating func bulk(_ prefix: StaticString, _ text: String) {
        header(0x24, prefix.utf8CodeUnitCount + text.utf8.count)
        literal(prefix)
        utf8(text)
        newline()
    }

    mutating func bulk(_ number: Int64) {
        header(0x24, Self.digits(number))
        decimal(number)
        newline()
    }

    /// A lock's value: the token and whatever the holder has behind it.
    mutating func bulk(_ token: LockToken, _ suffix: [UInt8] = []) {
        header(0x24, LockToken.wireLength + suffix.count)
        token.writeWireForm(to: UnsafeMutableRawBufferPointer(start: reserve(LockToken.wireLength), count: LockToken.wireLength))
        suffix.withUnsafeBytes { raw($0) }
        newline()
    }

    mutating func bulk(_ bytes: [UInt8]) {
        header(0x24, bytes.count)
        bytes.withUnsafeBytes { raw($0) }
        newline()
    }

    private mutating func header(_ sigil: UInt8, _ length: Int) {
        byte(sigil)
        decimal(Int64(length))
        newline()
    }

    private mutating func utf8(_ text: String) {
        let copied: Void? = text.utf8.withContiguousStorageIfAvailable { raw(UnsafeRawBufferPointer($0)) }
        if copied == nil { for unit in text.utf8 { byte(unit) } }
    }

    private mutating func newline() {
        let end = reserve(2)
        end[0] = 0x0D
        end[1] = 0x0A
    }

    private static func digits(_ number: Int64) -> Int {
        var digits = number < 0 ? 2 : 1
        var rest = number / 10
        while rest != 0 {
            digits += 1
            rest /= 10
        }
        return digits
    }

    private mutating func decimal(_ number: Int64) {
        let length = Self.digits(number)
        let text = reserve(length)
        var rest = number.magnitude
        var position = length
        repeat {
            position -= 1
            text[position] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest != 0
        if number < 0 { text[0] = 0x2D }
    }

    private mutating func byte(_ value: UInt8) {
        reserve(1)[0] = value
    }

    private mutating func raw(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        reserve(bytes.count).update(from: source.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    }

    /// The next `length` bytes, to be filled by the caller: the one check that they are there.
    @inline(__always)
    private mutating func reserve(_ length: Int) -> UnsafeMutablePointer<UInt8> {
        precondition(capacity - count >= length, "a command is longer than its own estimate")
        defer { count += length }
        return start + count
    }
}

extension ByteBuffer {
    /// Lets `body` write at most `capacity` bytes of RESP.
    mutating func writeRESP(capacity: Int, _ body: (inout RESPWriter) -> Void) {
        writeWithUnsafeMutableBytes(minimumWritableBytes: capacity) { memory in
            var writer = RESPWriter(into: memory)
            body(&writer)
            return writer.count
        }
    }

    /// A whole command of arbitrary arguments; off the hot path.
    mutating func writeCommand(_ arguments: [[UInt8]]) {
        let capacity = arguments.reduce(32) { $0 + $1.count + 32 }
        writeRESP(capacity: capacity) { out in
            out.array(arguments.count)
            for argument in arguments { out.bulk(argument) }
        }
    }
}
