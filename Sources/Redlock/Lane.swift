import Logging
import NIOCore
import RedlockCore
import RedlockNode
import Synchronization

/// Does everything and decides nothing: interprets the effects of lease machines on one event loop.
///
/// All state of a resource lives in one lane, so nothing on the hot path takes a lock but the mailbox. Requests are
/// gathered there from any thread; the loop is woken once per batch, and each node is written to once per tick.
final class Lane: @unchecked Sendable {
    let eventLoop: any EventLoop
    let executor: LaneExecutor
    let configuration: ValidatedConfiguration
    let logger: Logger

    let statistics = LaneStatistics()
    private let mailbox = Mutex<[LaneRequest]>([])

    // From here on everything belongs to the event loop. That, and not a check at run time, is what keeps two accesses
    // apart; the checks of those that every request touches cost a seventh of the loop's time.
    @exclusivity(unchecked) var nodes: [NodeClient] = []
    @exclusivity(unchecked) var leases = Slab<LeaseRecord>()
    @exclusivity(unchecked) var releases = Slab<ReleaseRecord>()
    @exclusivity(unchecked) var batch: CommandBatch
    @exclusivity(unchecked) var recipients = Recipients()
    @exclusivity(unchecked) var tokens = TokenSource()
    @exclusivity(unchecked) var jitter = Jitter(seed: .random(in: .min ... .max))
    @exclusivity(unchecked) var effects: [LeaseEffect] = []
    @exclusivity(unchecked) var leaseDeadlines: DeadlineWheel
    @exclusivity(unchecked) var releaseDeadlines: DeadlineWheel
    @exclusivity(unchecked) var due: [UInt32] = []
    /// Those who were announced as waiting, by their leases' slots. Empty without a holder's name.
    var waiters: [UInt32: Waiter] = [:]
    var sweepAt: Instant = .distantFuture
    var sweepTimer: Scheduled<Void>?
    var start = LaneStart()
    var warned: Set<Warned> = []
    var clocksProbedAt = Instant(nanoseconds: .min)
    /// New work is refused.
    var isShutDown = false
    /// The connections are closed; nothing can be written any more.
    var isClosed = false
    var drained: [UnsafeContinuation<Void, Never>] = []
    private var emptied: [LaneRequest] = []

    init(_ configuration: ValidatedConfiguration, on eventLoop: any EventLoop, logger: Logger) throws(RedlockError) {
        self.configuration = configuration
        self.eventLoop = eventLoop
        self.executor = LaneExecutor(eventLoop)
        self.logger = logger
        self.batch = CommandBatch(allocator: ByteBufferAllocator(), holder: configuration.holder)
        let now = BootClock.now()
        (self.leaseDeadlines, self.releaseDeadlines) = (DeadlineWheel(startingAt: now), DeadlineWheel(startingAt: now))
        for (index, endpoint) in configuration.endpoints.enumerated() {
            do {
                let node = try NodeClient(endpoint, id: NodeID(index), options: configuration.client, on: eventLoop)
                node.owner = self
                nodes.append(node)
            } catch {
                throw RedlockError(.invalidConfiguration, "node \(index + 1), \(endpoint), \(error)")
            }
        }
    }

    /// Begins to connect to the nodes.
    func connect() {
        eventLoop.execute {
            self.start.begin(at: BootClock.now(), timeout: self.configuration.client.connectTimeout, quorum: self.configuration.quorum)
            self.sweep()
        }
        for node in nodes { node.start() }
    }

    /// Hands a request to the lane, from any thread. Requests are handled in the order in which they were submitted.
    func submit(_ request: LaneRequest) {
        let wasEmpty = mailbox.withLock { mailbox in
            mailbox.append(request)
            return mailbox.count == 1
        }
        // One wake for a whole batch: whoever finds it empty rings the bell.
        if wasEmpty { eventLoop.execute { self.drain() } }
    }

    private func drain() {
        precondition(batch.isEmpty, "requests stayed behind unwritten")
        var requests = emptied
        emptied = []
        mailbox.withLock { swap(&$0, &requests) }
        let now = BootClock.now()
        for request in requests { handle(request, at: now) }
        requests.removeAll(keepingCapacity: true)
        emptied = requests
        flush()
    }

    /// Writes what has gathered, once to each node, and sees to it that the next deadline is swept.
    ///
    /// Whatever runs on the loop ends with this. Bytes that stayed behind could meet another connection than the one on
    /// which their answers are expected, and its answers would be taken for those to other requests.
    func flush() {
        writeBatch()
        closeIfDrained()
        scheduleSweep()
        recipients = Recipients()
    }

    func writeBatch() {
        guard !batch.isEmpty else { return }
        for node in nodes { node.write(batch) }
        batch.clear()
    }
}

/// What is asked of a lane.
enum LaneRequest {
    case acquire(LeaseRecord, UnsafeContinuation<Result<Lease, RedlockError>, Never>)
    case cancel(LeaseRecord)
    case extend(LeaseRecord, Nanoseconds, UnsafeContinuation<Result<Void, RedlockError>, Never>)
    case release(LeaseRecord, UnsafeContinuation<Void, Never>)
    /// A lease went out of scope without a release.
    case drop(LeaseRecord)
    case shutDown(UnsafeContinuation<Void, Never>?)
}

/// The nodes that take requests, and how many more all of them take. Asked for once a tick instead of once a request.
struct Recipients {
    private(set) var nodes = NodeSet.empty
    private(set) var room = 0

    mutating func ask(_ clients: [NodeClient]) {
        (nodes, room) = (.empty, .max)
        for client in clients {
            let room = client.room
            guard room > 0 else { continue }
            nodes.insert(client.id)
            self.room = min(self.room, room)
        }
    }

    mutating func takeRoom() { room -= 1 }
}
