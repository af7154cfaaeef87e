import RedlockCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Lock tokens from the operating system's entropy, drawn in blocks: one system call serves sixteen tokens.
///
/// Belongs to one lane.
struct TokenSource {
    // getentropy gives no more at once.
    private static let blockBytes = 256

    private var words: [UInt64] = []

    mutating func next() -> LockToken {
        if words.count < 2 { refill() }
        return LockToken(high: words.removeLast(), low: words.removeLast())
    }

    private mutating func refill() {
        var block = [UInt64](repeating: 0, count: Self.blockBytes / 8)
        let status = block.withUnsafeMutableBytes { getentropy($0.baseAddress, $0.count) }
        if status != 0 {
            var system = SystemRandomNumberGenerator()
            for index in block.indices { block[index] = system.next() }
        }
        words = block
    }
}
