import Redlock
import RedlockCore
import RedlockHistory
import RedlockNode

/// A lease and its lines in the history, from the grant to the end.
///
/// Ends of validity are read as instants of the boot clock and rather too early than too late: whatever overlaps in the
/// history has overlapped.
final class Holding {
    let lease: Lease
    let id: Int
    private let file: HistoryFile
    /// How many values it has written; makes them unique.
    var changes = 1
    private var noted: Instant
    private let watch: Task<Void, Never>

    init(_ lease: Lease, id: Int, in file: HistoryFile) {
        self.lease = lease
        self.id = id
        self.file = file
        let now = BootClock.now()
        noted = Self.validUntil(lease)
        file.note(.granted(validUntil: noted, fence: lease.fencingToken), lease: id, at: now)
        watch = Task.detached { if await lease.loss != nil { file.note(.mustStop, lease: id) } }
    }

    /// Writes down whether the end of validity has moved. `since` is an instant at which the lease was surely valid and that
    /// precedes the move.
    func noteExtension(since: Instant) {
        let until = Self.validUntil(lease)
        guard until - noted > .milliseconds(1) else { return }
        noted = until
        file.note(.extended(validUntil: until), lease: id, at: since)
    }

    func extend() async {
        let asked = BootClock.now()
        guard lease.isValid else { return }
        do {
            try await lease.extend()
            noteExtension(since: asked)
        } catch {
            file.note(.extensionFailed("\(error.code)"), lease: id)
        }
    }

    /// Goes on holding, in small steps, while the lease is valid.
    func keep(for duration: Duration) async {
        let end = ContinuousClock.now + duration
        while ContinuousClock.now < end, lease.isValid {
            let since = BootClock.now()
            guard lease.isValid else { return }
            try? await Task.sleep(for: min(.milliseconds(40), max(end - .now, .milliseconds(1))))
            noteExtension(since: since)
        }
    }

    /// From here on nobody relies on the lease.
    func noteEnd() {
        let now = BootClock.now()
        file.note(lease.isValid ? .released : .lost, lease: id, at: now)
    }

    func release() async {
        noteEnd()
        await lease.release()
        watch.cancel()
    }

    /// Every reading is at most the true instant, by as long as it took; so the latest is the best.
    private static func validUntil(_ lease: Lease) -> Instant {
        (0..<3).map { _ in
            let reference = BootClock.now()
            return reference + Nanoseconds(ContinuousClock.now.duration(to: lease.validUntil))
        }.max() ?? BootClock.now()
    }
}
