package import RedlockCore

/// All operations of a run, in the order in which they happened.
package struct History: Hashable, Sendable {
    package private(set) var operations: [Operation] = []

    package init(_ operations: [Operation] = []) { self.operations = operations }

    package mutating func append(_ operation: Operation) { operations.append(operation) }

    package mutating func reserveCapacity(_ count: Int) { operations.reserveCapacity(count) }

    /// The instant of the last operation.
    package var end: Instant { operations.last?.at ?? Instant(nanoseconds: 0) }

    /// Every lease that was granted, in the order of the grants.
    package var leases: [HeldLease] {
        var resources: [Int: String] = [:]
        var positions: [Int: Int] = [:]
        var held: [HeldLease] = []
        var holders: [Int: [Int]] = [:]
        for (index, operation) in operations.enumerated() {
            switch operation.what {
            case .acquire(let resource):
                resources[operation.lease] = resource
            case .granted(let validUntil, let fence):
                positions[operation.lease] = held.count
                holders[operation.process, default: []].append(held.count)
                held.append(
                    HeldLease(
                        id: operation.lease, process: operation.process, resource: resources[operation.lease] ?? "",
                        grantedAt: operation.at, index: index, validUntil: validUntil, fence: fence))
            case .extended(let validUntil), .revalued(let validUntil):
                if let position = positions[operation.lease] { held[position].validUntil = validUntil }
            case .mustStop:
                if let position = positions[operation.lease], held[position].toldAt == nil { held[position].toldAt = operation.at }
            case .released, .lost:
                if let position = positions[operation.lease] { held[position].end(at: operation.at) }
            case .died:
                for position in holders[operation.process] ?? [] { held[position].end(at: operation.at) }
                holders[operation.process] = nil
            default:
                break
            }
        }
        return held
    }
}

/// One lease, gathered from the operations on it.
package struct HeldLease: Hashable, Sendable {
    package let id: Int
    package let process: Int
    package let resource: String
    package let grantedAt: Instant
    /// The position of the grant in the history.
    package let index: Int
    /// The last end of validity.
    package internal(set) var validUntil: Instant
    package let fence: UInt64
    /// When the holder was first told to stop.
    package internal(set) var toldAt: Instant?
    /// When it was released or reported lost, or its process died; whichever came first.
    package internal(set) var endedAt: Instant?

    mutating func end(at instant: Instant) { if endedAt == nil { endedAt = instant } }

    /// Until when the holder may have relied on it.
    package var reliedOnUntil: Instant { min(validUntil, endedAt ?? .distantFuture) }
}
