/// Everything there is at one moment of an exploration, as numbers that `ExplorerTables` knows the meaning of: small, and
/// cheap to copy.
struct ExplorerState {
    var tick = 0
    var crashesLeft: Int
    /// The largest fencing token granted so far.
    var highestFence: UInt64 = 0
    var clients = ThreeNumbers()
    var nodes = ThreeNumbers()
    /// Requests and answers on their way, in no order.
    var messages: [UInt32] = []
}

/// Three numbers of 21 bits each.
struct ThreeNumbers: Hashable {
    static let limit = 1 << 21
    private var bits: UInt64 = 0

    subscript(index: Int) -> Int {
        get { Int(bits >> UInt64(index * 21)) & (Self.limit - 1) }
        set {
            let shift = UInt64(index * 21)
            bits = bits & ~(UInt64(Self.limit - 1) << shift) | UInt64(newValue) << shift
        }
    }
}
