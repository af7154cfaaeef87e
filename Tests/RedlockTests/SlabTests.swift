import Testing

@testable import Redlock

@Suite struct SlabTests {
    private final class Thing {
        let name: String
        init(_ name: String) { self.name = name }
    }

    @Test func `a slot that is used again can be told from its earlier use`() {
        var slab = Slab<Thing>()
        let first = slab.insert(Thing("a"))
        let second = slab.insert(Thing("b"))
        #expect([slab[first]?.name, slab[second]?.name] == ["a", "b"])
        slab.remove(first, uses: 5)
        #expect(slab[first] == nil && slab.count == 1)
        #expect(slab.insert(Thing("c")) == first)
        #expect(slab.uses(of: first) == 5)
        #expect(slab.all.map(\.id) == [first, second] && slab.all.map(\.element.name) == ["c", "b"])
    }

    @Test func `removing what is not there changes nothing`() {
        var slab = Slab<Thing>()
        slab.remove(3, uses: 1)
        #expect(slab[3] == nil)
        let id = slab.insert(Thing("a"))
        slab.remove(id, uses: 1)
        slab.remove(id, uses: 2)
        #expect(slab.uses(of: id) == 1)
        #expect(slab.insert(Thing("b")) == id)
        #expect(slab.insert(Thing("c")) != id)
    }
}
