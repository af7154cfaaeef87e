/// The states that were seen, each as 64 bits of hash: an open table without anything beside the bits.
struct StateSet {
    private(set) var count = 0
    private var slots = [UInt64](repeating: 0, count: 1 << 12)
    private var mask: UInt64 = (1 << 12) - 1

    /// True if it was not there before.
    mutating func insert(_ fingerprint: UInt64) -> Bool {
        // 0 marks an empty slot.
        let value = fingerprint == 0 ? 1 : fingerprint
        var index = Int(truncatingIfNeeded: value & mask)
        while slots[index] != 0 {
            if slots[index] == value { return false }
            index = (index + 1) & Int(mask)
        }
        slots[index] = value
        count += 1
        if count * 3 > slots.count * 2 { grow() }
        return true
    }

    private mutating func grow() {
        let old = slots
        slots = [UInt64](repeating: 0, count: old.count * 2)
        mask = UInt64(slots.count - 1)
        for value in old where value != 0 {
            var index = Int(truncatingIfNeeded: value & mask)
            while slots[index] != 0 { index = (index + 1) & Int(mask) }
            slots[index] = value
        }
    }
}
