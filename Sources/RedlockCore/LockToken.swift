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

    /// Calls `body` with each byte of the wire form, in order.
    @inlinable
    package func forEachWireByte(_ body: (UInt8) -> Void) {
        for position in 0..<Self.wireLength {
            let half = position < 16 ? high : low
            let digit = UInt8(truncatingIfNeeded: half >> UInt64(60 - 4 * (position & 15))) & 0xF
            body(digit &+ (digit < 10 ? 0x30 : 0x57))
        }
    }
}

extension LockToken: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Who knows a token can release the lock, so printing one by accident shows nothing.
    package var description: String { "LockToken(…)" }
    package var debugDescription: String { description }
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The wire form, for tests and tools that compare it with what a node stores.
    package var wireForm: String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Self.wireLength)
        forEachWireByte { bytes.append($0) }
        return String(decoding: bytes, as: UTF8.self)
    }
}
