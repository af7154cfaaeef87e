/// The random value that marks a key as ours: 128 bits, new for every attempt (PROTOCOL section 6, counterexample C2).
///
/// On the wire it is 32 lower-case hexadecimal digits, as other Redlock libraries write it.
package struct LockToken: Hashable, Sendable {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Bytes of the wire form.
    @inlinable package static var wireLength: Int { 32 }

    /// Writes the wire form into the first `wireLength` bytes of `memory`.
    @inlinable
    package func writeWireForm(to memory: UnsafeMutableRawBufferPointer) {
        memory.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: high >> 32)), toByteOffset: 0, as: UInt64.self)
        memory.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: high)), toByteOffset: 8, as: UInt64.self)
        memory.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: low >> 32)), toByteOffset: 16, as: UInt64.self)
        memory.storeBytes(of: Self.digits(UInt32(truncatingIfNeeded: low)), toByteOffset: 24, as: UInt64.self)
    }

    /// Eight digits as the bytes of a word, in the order in which it lies in memory. All of them at once: one by one they took
    /// a twentieth of a lane's time.
    @inlinable package static func digits(_ half: UInt32) -> UInt64 {
        // Each byte to two, each of those to one digit, the first digit lowest.
        var word = UInt64(half.byteSwapped)
        word = (word | word << 16) & 0x0000_FFFF_0000_FFFF
        word = (word | word << 8) & 0x00FF_00FF_00FF_00FF
        word = (word >> 4 | word << 8) & 0x0F0F_0F0F_0F0F_0F0F
        let isLetter = ((word &+ 0x0606_0606_0606_0606) >> 4) & 0x0101_0101_0101_0101
        return (word &+ 0x3030_3030_3030_3030 &+ isLetter &* 0x27).littleEndian
    }
}

extension LockToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Who knows a token can release the lock, so printing one by accident shows nothing.
    package var description: String { "LockToken(…)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The wire form, for tests and tools that compare it with what a node stores.
    package var wireForm: String {
        withUnsafeTemporaryAllocation(byteCount: Self.wireLength, alignment: 8) { memory in
            writeWireForm(to: memory)
            return String(decoding: memory, as: UTF8.self)
        }
    }
}
