import RedlockCore

/// The lane's side of a lease: the machine that decides about it, and who waits for what it decides.
///
/// The continuations are unsafe ones. A checked one is allocated and has no layout that is known when this is compiled,
/// so that moving whatever holds it calls through its type's metadata: with what followed from that, 38 of 43 heap
/// allocations of a cycle. In exchange each waiter is taken out of its place before it is resumed, and there is one
/// place for it; every machine that ends without a grant says `failed`, and `Lane.settle` resumes whoever else is left.
struct LeaseHandle {
    private(set) var machine: LeaseMachine
    /// Where the machine stands since its latest event.
    private(set) var standing: LeaseMachine.Standing
    /// Where the lane keeps the lease, once it has begun and until it has ended.
    var slot: UInt32?
    /// Cancelled before it began.
    var isCancelled = false
    var acquirer: UnsafeContinuation<Result<Lease, RedlockError>, Never>?
    var releaser: UnsafeContinuation<Void, Never>?
    /// Extensions asked for: the first is under way, the others follow one at a time.
    var extenders: [Extender] = []
    /// Why the latest extension failed, for the report of a loss.
    var lastExtensionFailure: ExtensionFailure?

    struct Extender {
        let ttl: Nanoseconds
        let waiter: UnsafeContinuation<Result<Void, RedlockError>, Never>
    }

    init(machine: LeaseMachine) {
        self.machine = machine
        standing = machine.standing
    }

    mutating func begin(in slot: UInt32, at firstRound: RoundID) {
        machine.begin(at: firstRound)
        self.slot = slot
    }

    mutating func handle(_ event: LeaseEvent, at now: Instant, into effects: inout [LeaseEffect]) {
        standing = machine.handle(event, at: now, into: &effects)
    }

    mutating func finishAcquiring(_ result: Result<Lease, RedlockError>) {
        acquirer.take()?.resume(returning: result)
    }

    mutating func finishExtending(_ result: Result<Void, RedlockError>) {
        guard !extenders.isEmpty else { return }
        extenders.removeFirst().waiter.resume(returning: result)
    }
}
