import RedlockCore
import Testing

struct QuorumTests {
    @Test("More than half, for one to fifteen nodes", arguments: zip(1...15, [1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8]))
    func needed(nodes: Int, needed: Int) {
        #expect(Quorum(nodes: nodes).needed == needed)
    }

    @Test("Four nodes need three, and so bear no more failures than three nodes do")
    func four() {
        #expect(Quorum(nodes: 4).needed == 3)
        #expect(Quorum(nodes: 4).spare == Quorum(nodes: 3).spare)
    }

    @Test("Any two quorums share a node, and one node fewer would not be enough", arguments: 1...32)
    func intersects(nodes: Int) {
        let quorum = Quorum(nodes: nodes)
        #expect(2 * quorum.needed > nodes)
        #expect(2 * (quorum.needed - 1) <= nodes)
        #expect(quorum.needed + quorum.spare == nodes)
    }

    @Test("Everyone is every configured node, in order")
    func everyone() {
        #expect(Quorum(nodes: 3).everyone.map(\.index) == [0, 1, 2])
        #expect(Quorum(nodes: 32).everyone.count == 32)
    }
}
