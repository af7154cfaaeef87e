/// One of the N nodes, by its position in the configuration.
package struct NodeID: Hashable, Comparable, Sendable {
    package let index: Int

    package init(_ index: Int) { self.index = index }

    package static func < (a: NodeID, b: NodeID) -> Bool { a.index < b.index }
}

/// A set of nodes as a bit mask: plain, comparable, and free of allocation on the hot path.
package struct NodeSet: Hashable, Sendable {
    /// The most nodes a lock can span. Redlock is meant for 3, 5 or 7; the mask has room for more.
    package static let capacity = 32

    package var bits: UInt32

    package init(bits: UInt32 = 0) { self.bits = bits }
    package init(_ nodes: some Sequence<NodeID>) {
        self.init()
        for node in nodes { insert(node) }
    }

    package static let empty = NodeSet()

    /// The first `count` nodes.
    package static func all(_ count: Int) -> NodeSet { NodeSet(bits: count >= capacity ? .max : (1 << UInt32(count)) - 1) }

    package var count: Int { bits.nonzeroBitCount }
    package var isEmpty: Bool { bits == 0 }

    package func contains(_ node: NodeID) -> Bool { bits & (1 << UInt32(node.index)) != 0 }
    package mutating func insert(_ node: NodeID) { bits |= 1 << UInt32(node.index) }
    package mutating func remove(_ node: NodeID) { bits &= ~(1 << UInt32(node.index)) }

    package func union(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits | other.bits) }
    package func intersection(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits & other.bits) }
    package func subtracting(_ other: NodeSet) -> NodeSet { NodeSet(bits: bits & ~other.bits) }
    package func isDisjoint(with other: NodeSet) -> Bool { bits & other.bits == 0 }
    package func isSubset(of other: NodeSet) -> Bool { bits & ~other.bits == 0 }
}

extension NodeSet: Sequence {
    package func makeIterator() -> Members { Members(bits: bits) }

    /// Yields the members in the order of their index.
    package struct Members: IteratorProtocol {
        var bits: UInt32

        package mutating func next() -> NodeID? {
            guard bits != 0 else { return nil }
            let index = bits.trailingZeroBitCount
            bits &= bits &- 1
            return NodeID(index)
        }
    }
}
