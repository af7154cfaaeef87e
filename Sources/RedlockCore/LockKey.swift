/// The name of a lock as it stands on the nodes, and the name of the fencing counter beside it.
package struct LockKey: Hashable, Sendable {
    /// The most bytes a name may have. Redis would take 512 MiB; a name that long is a mistake.
    package static let byteLimit = 64 << 10

    /// The counter's key is this followed by the lock's. Locks of other libraries never begin so.
    package static let fencePrefix: StaticString = "redlock.fence:"

    package let name: String

    package init(_ name: String) { self.name = name }

    /// Whether the name is one that a counter could have.
    package var isFence: Bool {
        Self.fencePrefix.withUTF8Buffer { name.utf8.starts(with: $0) }
    }

    package var fenceName: String { "\(Self.fencePrefix)\(name)" }
}
