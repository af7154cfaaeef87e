import RedlockCore
import Testing

struct NodeSetTests {
    /// Every subset of five nodes, as the set under test and as a plain set of numbers.
    private static let pairs: [(NodeSet, Set<Int>)] = (0..<32).map { bits in
        let members = (0..<5).filter { bits >> $0 & 1 == 1 }
        return (NodeSet(members.map { NodeID($0) }), Set(members))
    }

    @Test("Agrees with an ordinary set on every pair of subsets of five nodes")
    func agreesWithSet() {
        for (a, plainA) in Self.pairs {
            #expect(a.map(\.index) == plainA.sorted())
            #expect(a.count == plainA.count)
            #expect(a.isEmpty == plainA.isEmpty)
            for (b, plainB) in Self.pairs {
                #expect(a.union(b).map(\.index) == plainA.union(plainB).sorted())
                #expect(a.intersection(b).map(\.index) == plainA.intersection(plainB).sorted())
                #expect(a.subtracting(b).map(\.index) == plainA.subtracting(plainB).sorted())
                #expect(a.isDisjoint(with: b) == plainA.isDisjoint(with: plainB))
                #expect(a.isSubset(of: b) == plainA.isSubset(of: plainB))
                #expect((a == b) == (plainA == plainB))
            }
        }
    }

    @Test("Holds up to 32 nodes")
    func capacity() {
        #expect(NodeSet.all(NodeSet.capacity).count == 32)
        #expect(NodeSet.all(31).count == 31)
        #expect(!NodeSet.all(31).contains(NodeID(31)))
        #expect(NodeSet.all(40) == NodeSet.all(32))
        #expect(NodeSet.all(0) == .empty)
        #expect(NodeSet.all(32).map(\.index) == Array(0..<32))
    }

    @Test("Inserting and removing are idempotent")
    func insertAndRemove() {
        var set = NodeSet.empty
        set.insert(NodeID(31))
        set.insert(NodeID(31))
        #expect(set.count == 1)
        #expect(set.contains(NodeID(31)))
        set.remove(NodeID(0))
        set.remove(NodeID(31))
        set.remove(NodeID(31))
        #expect(set == .empty)
    }

    @Test("A node that cannot exist is in no set")
    func beyondCapacity() {
        #expect(!NodeSet.all(32).contains(NodeID(32)))
        var set = NodeSet.empty
        set.insert(NodeID(99))
        #expect(set.isEmpty)
    }
}
