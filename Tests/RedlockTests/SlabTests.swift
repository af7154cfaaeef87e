import Testing

@testable import Redlock

@Suite struct SlabTests {
    @Test func `a slot that is used again can be told from its earlier use`() {
        var slab = Slab<String>()
        #expect(slab.nextID == 0)
        let first = slab.insert("a")
        let second = slab.insert("b")
        #expect([slab[first], slab[second]] == ["a", "b"])
        slab.remove(first, uses: 5)
        #expect(slab[first] == nil && slab.count == 1 && slab.nextID == first)
        #expect(slab.insert("c") == first)
        #expect(slab.uses(of: first) == 5)
        #expect(slab.ids == [first, second])
    }

    @Test func `removing what is not there changes nothing`() {
        var slab = Slab<Int>()
        slab.remove(3, uses: 1)
        let id = slab.insert(1)
        slab.remove(id, uses: 1)
        slab.remove(id, uses: 2)
        #expect(slab.uses(of: id) == 1)
        #expect(slab.insert(2) == id)
        #expect(slab.insert(3) != id)
    }
}
