import Synchronization

/// Where the workers of a trial write their latencies: memory taken beforehand, one atomic addition per sample.
///
/// Histograms are filled from it when the trial is over, so that filling them is not part of what is measured. What no
/// longer fits is counted and not kept.
final class SampleTape: @unchecked Sendable {
    /// One cycle, in nanoseconds.
    struct Sample {
        /// From asking for the lock until it was held.
        var acquire: UInt32
        /// From asking for the lock until it was given back.
        var cycle: UInt32
    }

    private static let capacity = 2_000_000
    private let samples: UnsafeMutableBufferPointer<Sample>
    private let next = Atomic(0)

    /// An empty tape; its memory is touched, so that the first trial does not pay for page faults.
    init() {
        samples = .allocate(capacity: Self.capacity)
        samples.initialize(repeating: Sample(acquire: 0, cycle: 0))
    }

    deinit { samples.deallocate() }

    /// How many cycles were recorded.
    var count: Int { next.load(ordering: .acquiring) }

    /// Adds a cycle, from any thread.
    func record(acquire: Int64, cycle: Int64) {
        let index = next.add(1, ordering: .relaxed).oldValue
        guard index < Self.capacity else { return }
        samples[index] = Sample(acquire: UInt32(clamping: acquire), cycle: UInt32(clamping: cycle))
    }

    /// Forgets everything. No worker may be running.
    func rewind() { next.store(0, ordering: .releasing) }

    /// The samples. No worker may be running.
    var recorded: UnsafeBufferPointer<Sample> { UnsafeBufferPointer(rebasing: samples[..<min(count, Self.capacity)]) }
}
