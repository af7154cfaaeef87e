/// How one lease is kept. The defaults differ: a lease from `acquire` is the caller's to extend, one in `withLock`
/// extends itself.
public struct LeaseOptions: Sendable, Hashable {
    /// Whether the lease extends itself, a third of its ttl after each extension, until it is released.
    public var extendsItself: Bool
    /// For how long after the grant the lease may go on extending itself; nil, the default, means without end.
    ///
    /// When it is over, the holder is told to stop as if the lease were lost.
    public var maximumHold: Duration?
    /// How long before the end of validity the holder is told to stop; nil, the default, means a tenth of the ttl.
    ///
    /// Make it as long as it takes to stop. It must leave some of the validity.
    public var safetyMargin: Duration?
    /// Whether the lease carries a fencing token; nil, the default, means as configured.
    public var fencing: Bool?

    /// Options with a choice for each.
    public init(extendsItself: Bool, maximumHold: Duration? = nil, safetyMargin: Duration? = nil, fencing: Bool? = nil) {
        self.extendsItself = extendsItself
        self.maximumHold = maximumHold
        self.safetyMargin = safetyMargin
        self.fencing = fencing
    }

    /// The caller extends: the default of `acquire` and `tryAcquire`.
    public static let manual = LeaseOptions(extendsItself: false)
    /// The lease extends itself: the default of `withLock`.
    public static let extending = LeaseOptions(extendsItself: true)
}
