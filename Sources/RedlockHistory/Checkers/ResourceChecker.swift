import RedlockCore

/// What the lock is for: the protected resource loses no update and takes nothing from a holder with a stale fencing token.
///
/// Decided from what the holders saw alone. Every value is unique and follows from the one that was read before it, so two
/// values that follow from the same one mean that one of them was overwritten unseen. A write that nobody confirmed counts
/// only if somebody has read its value.
package struct ResourceChecker: Checker {
    package let name = "protected resource"

    package init() {}

    private struct Write {
        let lease: HeldLease
        let at: Instant
        let from: UInt64
        let value: UInt64
        var isConfirmed = false
    }

    package func check(_ history: History, _ leases: [HeldLease]) -> Verdict {
        guard history.operations.contains(where: { if case .read = $0.what { true } else { false } }) else { return .valid }
        let byID = Dictionary(leases.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        var lastRead: [Int: UInt64] = [:]
        var pending: [Int: Int] = [:]
        var writes: [Write] = []
        var reads: [(lease: HeldLease, at: Instant, value: UInt64)] = []
        for operation in history.operations {
            guard let lease = byID[operation.lease] else { continue }
            switch operation.what {
            case .read(let value):
                lastRead[lease.id] = value
                reads.append((lease, operation.at, value))
            case .writes(let value):
                pending[lease.id] = writes.count
                writes.append(Write(lease: lease, at: operation.at, from: lastRead[lease.id] ?? 0, value: value))
            case .wrote:
                guard let index = pending.removeValue(forKey: lease.id) else { continue }
                writes[index].isConfirmed = true
                lastRead[lease.id] = writes[index].value
            default: break
            }
        }
        let seen = Set(reads.map(\.value))
        return
            (lostUpdates(writes.filter { $0.isConfirmed || seen.contains($0.value) })
            + staleAccess(writes.filter(\.isConfirmed), reads, of: writes)).verdict
    }

    private struct Origin: Hashable {
        let resource: String
        let value: UInt64
    }

    private func lostUpdates(_ writes: [Write]) -> [Evidence] {
        var successors: [Origin: Write] = [:]
        var evidence: [Evidence] = []
        for write in writes {
            let origin = Origin(resource: write.lease.resource, value: write.from)
            guard let other = successors.updateValue(write, forKey: origin) else { continue }
            evidence.append(
                Evidence(
                    "an update of \(origin.resource) was lost: lease \(other.lease.id) and lease \(write.lease.id) both changed what followed value #\(write.from)",
                    at: max(other.at, write.at), leases: [other.lease.id, write.lease.id]))
        }
        return evidence
    }

    /// A value written with a larger token is shown to a smaller one, or overwritten by it.
    private func staleAccess(
        _ confirmed: [Write], _ reads: [(lease: HeldLease, at: Instant, value: UInt64)], of writes: [Write]
    ) -> [Evidence] {
        let writers = Dictionary(writes.map { ($0.value, $0.lease) }, uniquingKeysWith: { first, _ in first })
        let accesses = reads.map { ($0.lease, $0.at, $0.value, "read") } + confirmed.map { ($0.lease, $0.at, $0.from, "write") }
        return accesses.compactMap { lease, at, value, kind in
            guard let writer = writers[value], lease.fence < writer.fence else { return nil }
            return Evidence(
                "\(lease.resource) took a \(kind) with the stale fencing token \(lease.fence) of lease \(lease.id) after lease \(writer.id) had written with \(writer.fence)",
                at: at, leases: [writer.id, lease.id])
        }
    }
}
