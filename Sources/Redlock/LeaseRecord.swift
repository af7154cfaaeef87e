import RedlockCore
import RedlockNode
import Synchronization

/// What a lease's holder and its lane share: where the lease stands, readable from any thread without a hop.
///
/// Only the lane writes.
final class LeaseRecord: Sendable {
    enum Phase: UInt8, AtomicRepresentable { case pending, held, mustStop, lost, released }

    let resource: String
    let key: LockKey
    let lane: Lane
    let ttl: Nanoseconds
    let startedAt: Instant

    private let phaseBox = Atomic<Phase>(.pending)
    private let validUntilBox = Atomic<Int64>(.min)
    private let stopAtBox = Atomic<Int64>(.min)
    private let fenceBox = Atomic<UInt64>(0)
    private let watchers = Mutex<Watchers>(Watchers())
    /// The lane's side. Only the lane touches it, on its loop.
    @exclusivity(unchecked) nonisolated(unsafe) var handle: LeaseHandle

    private struct Watchers {
        var next: UInt64 = 0
        var waiting: [UInt64: UnsafeContinuation<LeaseLoss?, Never>] = [:]
        var verdict: LeaseLoss??
        /// The loss as an error, with the reports of the nodes as of then. Boxed, because few leases ever have one.
        var lossError: (any Error)?
        var toStop: [@Sendable () -> Void] = []
    }

    init(resource: String, key: LockKey, lane: Lane, terms: LeaseTerms, startedAt: Instant) {
        self.resource = resource
        self.key = key
        self.lane = lane
        self.ttl = terms.ttl
        self.startedAt = startedAt
        self.handle = LeaseHandle(machine: LeaseMachine(terms: terms))
    }

    var phase: Phase { phaseBox.load(ordering: .acquiring) }
    var validUntil: Instant { Instant(nanoseconds: validUntilBox.load(ordering: .acquiring)) }
    var stopAt: Instant { Instant(nanoseconds: stopAtBox.load(ordering: .acquiring)) }
    var fence: UInt64 { fenceBox.load(ordering: .acquiring) }

    /// Whether the lease may be relied on at `now`. Never true again once it was false for any reason but a clock that
    /// was read too early: the lane extends only what is still valid.
    func isValid(at now: Instant) -> Bool {
        switch phase {
        case .held, .mustStop: now < validUntil
        case .pending, .lost, .released: false
        }
    }

    // MARK: Written by the lane

    func hold(_ holding: LeaseMachine.Holding) {
        validUntilBox.store(holding.validUntil.nanoseconds, ordering: .releasing)
        stopAtBox.store(holding.stopAt.nanoseconds, ordering: .releasing)
        fenceBox.store(holding.fence, ordering: .releasing)
        if phase == .pending { phaseBox.store(.held, ordering: .releasing) }
    }

    func end(_ phase: Phase) {
        phaseBox.store(phase, ordering: .releasing)
    }

    /// Tells everyone who watches for a loss, now and later. The first verdict stands.
    func tell(_ verdict: LeaseLoss?, _ error: @autoclosure () -> RedlockError? = nil) {
        let lossError = verdict == nil ? nil : error()
        let (waiting, toStop) = watchers.withLock { watchers -> ([UnsafeContinuation<LeaseLoss?, Never>], [@Sendable () -> Void]) in
            guard watchers.verdict == nil else { return ([], []) }
            watchers.verdict = .some(verdict)
            watchers.lossError = lossError
            defer { (watchers.waiting, watchers.toStop) = ([:], []) }
            return (Array(watchers.waiting.values), watchers.toStop)
        }
        for continuation in waiting { continuation.resume(returning: verdict) }
        if verdict != nil { for stop in toStop { stop() } }
    }

    // MARK: Watching

    var lossError: RedlockError? { watchers.withLock { $0.lossError } as? RedlockError }

    /// Has `stop` called once when the holder must stop; at once if that has been told already.
    func whenToldToStop(_ stop: @escaping @Sendable () -> Void) {
        let isTold = watchers.withLock { watchers in
            guard let verdict = watchers.verdict else {
                watchers.toStop.append(stop)
                return false
            }
            return verdict != nil
        }
        if isTold { stop() }
    }

    /// Waits for a verdict: a loss, or nil once the lease was given back or the task is cancelled.
    func verdict() async -> LeaseLoss? {
        let id = watchers.withLock { watchers in
            watchers.next += 1
            return watchers.next
        }
        return await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                let known: LeaseLoss?? = watchers.withLock { watchers in
                    if let verdict = watchers.verdict { return .some(verdict) }
                    if Task.isCancelled { return .some(nil) }
                    watchers.waiting[id] = continuation
                    return nil
                }
                if let known { continuation.resume(returning: known) }
            }
        } onCancel: {
            watchers.withLock { $0.waiting.removeValue(forKey: id) }?.resume(returning: nil)
        }
    }
}
