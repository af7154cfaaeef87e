import RedlockServers

/// One kind of load, and what is measured under it.
protocol Workload: SendableMetatype {
    /// `W1` and so on.
    static var name: String { get }
    /// What it is about.
    static var title: String { get }
    /// Measures and adds to the report. `fleet` are five fresh, healthy servers; they are left healthy.
    static func run(_ bench: Bench, on fleet: RedisFleet) async throws
}
