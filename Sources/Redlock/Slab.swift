/// Objects under small integer IDs that are used again: what waits for an answer, found without hashing.
///
/// Each slot counts its uses, so that an answer for an earlier occupant can be told from one for the present.
struct Slab<Element: AnyObject> {
    private var elements: ContiguousArray<Element?> = []
    private var uses: ContiguousArray<UInt32> = []
    private var free: [UInt32] = []

    var count: Int { elements.count - free.count }

    mutating func insert(_ element: Element) -> UInt32 {
        if let id = free.popLast() {
            elements[Int(id)] = element
            return id
        }
        elements.append(element)
        uses.append(0)
        return UInt32(elements.count - 1)
    }

    /// - Parameter uses: what `uses(of:)` says to the next occupant.
    mutating func remove(_ id: UInt32, uses next: UInt32) {
        guard contains(id) else { return }
        elements[Int(id)] = nil
        uses[Int(id)] = next
        free.append(id)
    }

    func contains(_ id: UInt32) -> Bool {
        id < elements.count && elements[Int(id)] != nil
    }

    func uses(of id: UInt32) -> UInt32 {
        id < uses.count ? uses[Int(id)] : 0
    }

    /// Nil if the slot is free.
    subscript(id: UInt32) -> Element? { id < elements.count ? elements[Int(id)] : nil }

    /// Everything there is now, with its ID; looked up as it is asked for.
    var all: some Sequence<(id: UInt32, element: Element)> {
        elements.indices.lazy.compactMap { [elements] index in elements[index].map { (UInt32(index), $0) } }
    }
}
