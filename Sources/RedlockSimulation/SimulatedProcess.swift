import RedlockCore

/// One client process: what `Lane` and `NodeClient` are in production, driven by virtual time.
final class SimulatedProcess {
    /// The way to one node.
    struct Link {
        /// The present connection, whether established or being made.
        var connection: Int?
        var failures = 0
        /// Kept by the mutant that trusts the uptime of an old connection.
        var firstTrust: Instant?
    }

    /// One lock handle and who works with it.
    struct LeaseSlot {
        var machine: LeaseMachine
        let id: Int
        let resource: LockKey
        let worker: Int
        /// Extensions asked for that wait for the one under way.
        var extensionsWanted: [Nanoseconds] = []
        /// For when the timer is armed, on the process' clock.
        var armed: Instant?
        /// The token of the latest attempt.
        var lastTried: LockToken?
        /// The first token, for the mutant that uses it again.
        var token: LockToken
        /// When the request under way was sent, for mutants that do not read the clock again.
        var sentAt: Instant
    }

    struct ReleaseSlot {
        var pending: PendingRelease
        let resource: LockKey
    }

    var clock: SimulatedClock
    /// What its wall clock shows more than true time, for the hint.
    var wallOffset: Int64
    var jitter: Jitter
    var isAlive = true
    /// Its client takes no new work any more.
    var isShutDown = false
    /// Its client has no connections and makes none.
    var isClosed = false
    /// Workers whose first request is held back until the nodes had a chance to connect; nil once it is no more (as
    /// Redlock's LaneStart).
    var heldBack: [Int]?
    var pausedUntil: Int64?
    /// What came for it while it was paused.
    var deferred: [EventQueue.Event] = []
    /// Rises with every death, so that what was meant for the dead does not reach the living.
    var incarnation: Int64 = 0
    /// How long it was suspended, which one mutant's clock does not count.
    var suspended: Int64 = 0
    var links: [Link]
    var leases = Slots<LeaseSlot>()
    var releases = Slots<ReleaseSlot>()
    var workers: [SimulatedWorker]

    init(clock: SimulatedClock, wallOffset: Int64, jitter: Jitter, links: [Link], workers: [SimulatedWorker]) {
        self.clock = clock
        self.wallOffset = wallOffset
        self.jitter = jitter
        self.links = links
        self.workers = workers
    }
}

/// Values by small numbers that are used again (as Redlock's Slab). What a number has been used for is counted, so that
/// an answer meant for the one before is known.
struct Slots<Value> {
    private var values: [Value?] = []
    private var useCounts: [UInt32] = []
    private var free: [Int] = []

    /// The numbers in use, in order.
    var ids: [Int] { values.indices.filter { values[$0] != nil } }

    var nextID: Int { free.last ?? values.count }

    func uses(of id: Int) -> UInt32 { id < useCounts.count ? useCounts[id] : 0 }

    mutating func insert(_ value: Value) -> Int {
        if let id = free.popLast() {
            values[id] = value
            return id
        }
        values.append(value)
        useCounts.append(0)
        return values.count - 1
    }

    /// - Parameter uses: what the next user of the number begins to count from.
    mutating func remove(_ id: Int, uses: UInt32) {
        values[id] = nil
        useCounts[id] = uses
        free.append(id)
    }

    func contains(_ id: Int) -> Bool { id < values.count && values[id] != nil }

    subscript(id: Int) -> Value? {
        get { id < values.count ? values[id] : nil }
        _modify { yield &values[id] }
    }
}

/// Somebody in a process who takes locks, holds them and gives them back, over and over.
struct SimulatedWorker {
    enum Phase { case thinking, acquiring, holding, finished }

    var phase = Phase.thinking
    var slot = 0
    var lease = 0
    /// The events meant for its present phase carry this number.
    var epoch: Int64 = 0
    var holdsUntil: Int64 = 0
    var extendsEvery: Int64 = 0
    var overstays = false
    /// Locks still to take after healing.
    var rounds = 3
}
