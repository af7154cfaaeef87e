import Histogram

/// What one contestant did in one stretch of time.
struct Trial: Sendable {
    /// Whole cycles of acquire and release.
    var cycles: Int
    /// How long it took.
    var seconds: Double
    /// CPU of this process, in microseconds.
    var clientCPU: Double
    /// CPU of all servers, in microseconds.
    var serverCPU: Double
    /// Heap allocations, if they were counted.
    var allocations: Int
    /// Latencies of acquiring, in nanoseconds.
    var acquire: Histogram<UInt32>
    /// Latencies of acquiring and releasing, in nanoseconds.
    var cycle: Histogram<UInt32>

    /// A trial in which nothing has happened yet.
    init(cycles: Int = 0, seconds: Double = 0, clientCPU: Double = 0, serverCPU: Double = 0, allocations: Int = 0) {
        self.cycles = cycles
        self.seconds = seconds
        self.clientCPU = clientCPU
        self.serverCPU = serverCPU
        self.allocations = allocations
        acquire = Self.empty
        cycle = Self.empty
    }

    // Three digits from a microsecond to a minute.
    private static let empty = Histogram<UInt32>(
        lowestDiscernibleValue: 100, highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
}
