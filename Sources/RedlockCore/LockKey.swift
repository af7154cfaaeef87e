/// The name of a lock as it stands on the nodes, and the names of what is beside it: the fencing counter, and the list of those who wait.
package struct LockKey: Hashable, Sendable {
    /// The most bytes a name may have. Redis would take 512 MiB; a name that long is a mistake.
    package static let byteLimit = 64 << 10

    /// The counter's key is this followed by the lock's. Locks of other libraries never begin so.
    package static let fencePrefix: StaticString = "redlock.fence:"

    /// The list's key is this followed by the lock's.
    package static let waitingPrefix: StaticString = "redlock.waiting:"

    package let name: String

    package init(_ name: String) { self.name = name }

    /// Whether these bytes are a name that something beside a lock could have, and so no lock.
    package static func isBeside(_ name: some Sequence<UInt8>) -> Bool {
        fencePrefix.withUTF8Buffer { name.starts(with: $0) } || waitingPrefix.withUTF8Buffer { name.starts(with: $0) }
    }

    package var isBeside: Bool { Self.isBeside(name.utf8) }

    package var fenceName: String { "\(Self.fencePrefix)\(name)" }
    package var waitingName: String { "\(Self.waitingPrefix)\(name)" }
}
