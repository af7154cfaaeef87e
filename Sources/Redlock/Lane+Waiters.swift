import RedlockCore
import RedlockNode

/// Whoever waits for a lock that is taken is announced at the nodes, under the client's name, for people who look.
///
/// Nothing else rests on it: no vote, no order, no time. Whether a node takes it is not even looked at, and a waiter that
/// dies is forgotten by the nodes. A client without a name announces nothing.
extension Lane {
    /// One who was announced.
    struct Waiter {
        /// Marks him among those with the same name. No lock ever has this as its token.
        let id: LockToken
        var announcedAt: Instant
    }

    /// Who waits for less is not worth the words.
    private static let shortest = Nanoseconds.milliseconds(100)
    /// How often it is said again.
    private static let interval = Nanoseconds.seconds(1)

    /// For how long it is believed. Who waits says it again after the first attempt that ends when the interval is over.
    private var span: Nanoseconds {
        min(Self.interval + configuration.retry.cap + configuration.attemptTimeout + .seconds(1), .seconds(60))
    }

    /// After a step of the lease's machine: says that it waits, or does so no more.
    func announce(_ record: LeaseRecord, in slot: UInt32, at now: Instant) {
        switch record.handle.machine.state {
        case .backingOff(let until): announce(record, in: slot, until: until, at: now)
        case .held, .ended: withdraw(record, from: slot)
        case .idle, .voting, .raising: break
        }
    }

    private func announce(_ record: LeaseRecord, in slot: UInt32, until: Instant, at now: Instant) {
        // Nodes that are down are waited for, too, and nobody needs to be told there.
        guard until - record.startedAt >= Self.shortest, record.handle.machine.lastTally?.refused.isEmpty == false else { return }
        var waiter = waiters[slot] ?? Waiter(id: tokens.next(), announcedAt: now - Self.interval)
        guard now - waiter.announcedAt >= Self.interval else { return }
        waiter.announcedAt = now
        waiters[slot] = waiter
        let nodes = listeners
        guard !nodes.isEmpty else { return }
        batch.append(announcementOf: waiter.id, for: span, key: record.key, to: nodes, NodeTicket(.notice, slot: slot, round: 0))
    }

    private func withdraw(_ record: LeaseRecord, from slot: UInt32) {
        guard !waiters.isEmpty, let waiter = waiters.removeValue(forKey: slot) else { return }
        let nodes = listeners
        guard !nodes.isEmpty else { return }
        batch.append(withdrawalOf: waiter.id, key: record.key, to: nodes, NodeTicket(.notice, slot: slot, round: 0))
    }

    /// The nodes that are up and have room to spare: a notice must not take the place of a request.
    private var listeners: NodeSet {
        NodeSet(nodes.lazy.filter { $0.room > self.configuration.client.inFlightLimit / 2 }.map(\.id))
    }
}
