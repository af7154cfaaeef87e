/// The name of a lock as it stands on the nodes, and the names of what is beside it: the fencing counter, the list of those
/// who wait, and the mark that it was taken away.
package struct LockKey: Hashable, Sendable {
    /// The most bytes a name may have. Redis would take 512 MiB; a name that long is a mistake.
    package static let byteLimit = 64 << 10

    /// The counter's key is this followed by the lock's. Locks of other libraries never begin so.
    package static let fencePrefix: StaticString = "redlock.fence:"

    /// The list's key is this followed by the lock's.
    package static let waitingPrefix: StaticString = "redlock.waiting:"

    /// The key of the mark that an operator has taken the lock away is this followed by the lock's. It holds the value that was
    /// taken away, for which no extension fills the lock again.
    package static let brokenPrefix: StaticString = "redlock.broken:"

    package let name: String

    package init(_ name: String) { self.name = name }

    /// Whether these bytes are a name that something beside a lock could have, and so no lock.
    package static func isBeside(_ name: some Sequence<UInt8>) -> Bool {
        [fencePrefix, waitingPrefix, brokenPrefix].contains { $0.withUTF8Buffer { name.starts(with: $0) } }
    }

    package var isBeside: Bool { Self.isBeside(name.utf8) }

    package var fenceName: String { "\(Self.fencePrefix)\(name)" }
    package var waitingName: String { "\(Self.waitingPrefix)\(name)" }
    package var brokenName: String { "\(Self.brokenPrefix)\(name)" }
}
