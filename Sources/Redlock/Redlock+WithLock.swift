import RedlockCore
import RedlockNode

extension Redlock {
    /// Runs `body` while holding a lock, and gives it back however the body ends.
    ///
    /// The lease extends itself while the body runs. If it can no longer be kept, the body's task is cancelled at
    /// ``Lease/mustStopBy``, while the lock is still valid, from a local timer and whatever the network does.
    ///
    /// **Guaranteed:** a result is returned only if the body finished while the lease was valid. **Not guaranteed:** that a
    /// body which ignores cancellation stops; that is reported, and the lease is not extended for it. For effects that
    /// must never come late, hand ``Lease/fencingToken`` to the resource.
    ///
    /// The body runs in a task of its own, on the caller's actor, with the caller's priority and task-local values;
    /// cancelling the caller cancels it.
    ///
    /// - Parameters:
    ///   - resource: the name of what is locked.
    ///   - ttl: for how long the nodes keep the lock if this process dies: 10 ms to `maxTTL`.
    ///   - waiting: how long to wait while the lock is taken; nil means as configured.
    ///   - options: how the lease is kept; by default it extends itself.
    ///   - reentrant: whether to go on with the lease of a `withLock` on the same resource around this one, in the same
    ///     task tree, without asking the nodes. The lock is given back when all of them have ended. Without it, nesting is
    ///     an error, because the inner call would wait for the outer for ever.
    ///   - body: what to do under the lock.
    /// - Returns: what the body returns.
    /// - Throws: what the body throws; ``RedlockError`` as ``acquire(_:ttl:waiting:options:)`` does; `lost` if the body was
    ///   cancelled for a lost lease or finished after the end of validity.
    public func withLock<Result: Sendable>(
        _ resource: String, ttl: Duration, waiting: Duration? = nil, options: LeaseOptions = .extending, reentrant: Bool = false,
        @_inheritActorContext _ body: @escaping @Sendable (Lease) async throws -> Result
    ) async throws -> Result {
        if reentrant, let scope = HeldScope.current[scopeKey(resource)], scope.enter() {
            return try await run(body, in: scope, outermost: false)
        }
        let lease = try await acquire(resource, ttl: ttl, waiting: waiting, options: options)
        return try await run(body, in: HeldScope(lease), outermost: true)
    }

    private func run<Result: Sendable>(
        _ body: @escaping @Sendable (Lease) async throws -> Result, in scope: HeldScope, outermost: Bool
    ) async throws -> Result {
        let lease = scope.lease
        var scopes = HeldScope.current
        scopes[scopeKey(lease.resource)] = scope
        let work = HeldScope.$current.withValue(scopes) { Task { try await body(lease) } }
        lease.record.whenToldToStop { work.cancel() }
        let outcome = await withTaskCancellationHandler {
            await work.result
        } onCancel: {
            work.cancel()
        }
        // Looked at before the release, which ends the lease in any case.
        let finishedInTime = lease.isValid
        let loss = lease.record.lossError
        if scope.leave(outermost: outermost) { await lease.release() }
        switch outcome {
        case .success(let result) where finishedInTime:
            return result
        case .success:
            let why = "the body finished after the end of validity, so its result cannot be relied on"
            throw loss?.adding(why) ?? lease.record.lane.lostError(lease.record, why)
        case .failure(let error):
            // What the body has to say comes first, unless all it says is that it was stopped.
            if error is CancellationError, let loss { throw loss }
            throw error
        }
    }

    private func scopeKey(_ resource: String) -> HeldScope.Key {
        HeldScope.Key(client: ObjectIdentifier(self), resource: resource)
    }

    /// Waiting for a lock that one's own task tree holds would take for ever.
    func refuseNesting(_ resource: String) throws(RedlockError) {
        guard let scope = HeldScope.current[scopeKey(resource)], scope.isOpen else { return }
        throw RedlockError(
            .invalidConfiguration,
            "this task already holds \"\(NodeFault.safe(resource))\" and would wait for itself; nest withLock with reentrant: true, or use Task.detached for work that is to wait",
            resource: resource)
    }
}
