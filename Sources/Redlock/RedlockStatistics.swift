import Synchronization

/// What a client has done since it was made, counted over all its lanes.
///
/// The numbers are read one after the other while work goes on, so they may be a moment apart from each other.
public struct RedlockStatistics: Sendable, Hashable {
    /// Locks that were obtained.
    public internal(set) var granted: UInt64 = 0
    /// Second rounds for fencing: the nodes of the quorum proposed different numbers, and the largest had to be stored on a
    /// majority first. Each costs one more round trip. They are rare while the nodes' counters and clocks agree; many of
    /// them mean that a client's clock is off by more than a second.
    public internal(set) var raised: UInt64 = 0
    /// Extensions that were accepted.
    public internal(set) var extended: UInt64 = 0
    /// Extensions that failed; the lease was valid until its old end.
    public internal(set) var failedExtensions: UInt64 = 0
    /// Leases that ran out without a release.
    public internal(set) var lost: UInt64 = 0

    init() {}
}

/// One lane's counts. Only the lane writes, so that a count is a load and a store and no locked instruction.
struct LaneStatistics: ~Copyable {
    private let granted = Atomic<UInt64>(0)
    private let raised = Atomic<UInt64>(0)
    private let extended = Atomic<UInt64>(0)
    private let failedExtensions = Atomic<UInt64>(0)
    private let lost = Atomic<UInt64>(0)

    func countGrant() { Self.count(granted) }
    func countRaise() { Self.count(raised) }
    func countExtension() { Self.count(extended) }
    func countFailedExtension() { Self.count(failedExtensions) }
    func countLoss() { Self.count(lost) }

    private static func count(_ number: borrowing Atomic<UInt64>) {
        number.store(number.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// Adds what this lane has counted.
    func add(to sum: inout RedlockStatistics) {
        sum.granted += granted.load(ordering: .relaxed)
        sum.raised += raised.load(ordering: .relaxed)
        sum.extended += extended.load(ordering: .relaxed)
        sum.failedExtensions += failedExtensions.load(ordering: .relaxed)
        sum.lost += lost.load(ordering: .relaxed)
    }
}
