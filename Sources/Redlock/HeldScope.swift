import Synchronization

/// The body of a `withLock` that is running: what a nested call in the same task tree finds.
///
/// Task-local values are inherited by unstructured tasks too, which may outlive the body; for them the scope is closed
/// and holds nothing (PROTOCOL section 14: reentrancy is a counter in the local handle and sends no messages).
final class HeldScope: Sendable {
    let lease: Lease
    private let state = Mutex(State())

    private struct State {
        /// The outermost body has not ended.
        var isOpen = true
        /// Bodies inside, the outermost included.
        var count = 1
    }

    /// The scopes of the present task tree, by client and key.
    @TaskLocal static var current: [Key: HeldScope] = [:]

    struct Key: Hashable, Sendable {
        let client: ObjectIdentifier
        let resource: String
    }

    init(_ lease: Lease) {
        self.lease = lease
    }

    var isOpen: Bool { state.withLock { $0.isOpen } }

    /// Counts one more body in, unless the outermost has ended.
    func enter() -> Bool {
        state.withLock { state in
            if state.isOpen { state.count += 1 }
            return state.isOpen
        }
    }

    /// Counts a body out. True for the last, who has to release.
    func leave(outermost: Bool) -> Bool {
        state.withLock { state in
            if outermost { state.isOpen = false }
            state.count -= 1
            return state.count == 0
        }
    }
}
