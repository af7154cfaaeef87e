import Foundation

/// Where each key is, for millions of them: hashed and compared as a whole, which takes a fraction of doing it byte by byte.
struct KeyIndex: Sendable {
    private var positions: [Key: Int32] = [:]

    private struct Key: Hashable {
        let bytes: [UInt8]

        static func == (a: Key, b: Key) -> Bool { a.bytes.isEqual(b.bytes) }
        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    /// The position of a key; nil if it has none.
    subscript(key: [UInt8]) -> Int32? {
        get { positions[Key(bytes: key)] }
        set { positions[Key(bytes: key)] = newValue }
    }
}

extension [UInt8] {
    fileprivate func isEqual(_ other: [UInt8]) -> Bool { count == other.count && compare(other) == 0 }

    /// Whether it comes before the other, byte by byte.
    func precedes(_ other: [UInt8]) -> Bool {
        let order = compare(other)
        return order == 0 ? count < other.count : order < 0
    }

    /// As far as both go: below, at or above zero.
    private func compare(_ other: [UInt8]) -> Int32 {
        withUnsafeBytes { own in
            other.withUnsafeBytes { others in
                guard let first = own.baseAddress, let second = others.baseAddress else { return 0 }
                return memcmp(first, second, Swift.min(own.count, others.count))
            }
        }
    }
}
