/// How many of the nodes must grant: more than half, always.
///
/// Any two quorums share a node, which is the whole of Redlock's safety argument (PROTOCOL section 8); so the size is
/// computed and cannot be configured.
package struct Quorum: Hashable, Sendable {
    // One byte, because every round of every lease keeps one: a node set has no room for more.
    private let count: UInt8

    package init(nodes: Int) { count = UInt8(clamping: nodes) }

    /// N, the number of configured nodes, whether up or down.
    package var nodes: Int { Int(count) }

    /// ⌊N/2⌋ + 1: 1 of 1, 2 of 2, 2 of 3, 3 of 4, 3 of 5.
    package var needed: Int { nodes / 2 + 1 }

    /// How many nodes may fail to grant before a quorum is impossible.
    package var spare: Int { nodes - needed }

    package var everyone: NodeSet { .all(nodes) }
}
