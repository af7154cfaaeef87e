import RedlockCore
import RedlockNode

/// Uptime, clocks, round trips, and what is left of a lease.
extension Diagnosis {
    var uptime: [Finding] {
        let least = known.compactMap { $0.server?.uptimeSeconds }.min().map {
            "up for \(DurationText.short(milliseconds: $0 * 1000)) or more"
        }
        return each(.uptime, otherwise: terms.quarantine == nil ? "\(least ?? "not known"); there is no quarantine" : least ?? "not known")
        {
            node in
            guard let left = quarantineLeft(node), let server = node.server else { return nil }
            let age = server.uptimeSeconds == 0 ? "just now" : "\(DurationText.short(milliseconds: server.uptimeSeconds * 1000)) ago"
            return (
                .warning, "restarted \(age) and votes in \(DurationText.left(left.duration))",
                "wait; if nobody asks for such long locks, lower max-ttl in every client"
            )
        }
    }

    func quarantineLeft(_ node: NodeFacts) -> Nanoseconds? {
        guard let quarantine = terms.quarantine, let server = node.server else { return nil }
        let left = server.trusted(after: quarantine, drift: terms.drift) - server.readAt
        return left > .zero ? left : nil
    }

    var clock: [Finding] {
        var found = facts.indices.compactMap { index -> Finding? in
            guard let step = facts[index].clockStep else { return nil }
            return Finding(
                check: .clock, level: .error, nodes: [index], detail: "its clock was set by \(Self.short(step)) while we looked",
                remedy: "slew clocks instead: chrony with makestep only at the start, no ntpdate from cron")
        }
        let clocks = facts.enumerated().compactMap { index, node in node.clock.map { (index, $0) } }.sorted { $0.1 < $1.1 }
        guard let median = clocks.isEmpty ? nil : clocks[clocks.count / 2].1, let least = clocks.first?.1, let most = clocks.last?.1 else {
            return found.isEmpty ? [Self.ok(.clock, "not known")] : found
        }
        for (index, clock) in clocks where abs(clock, median) > .seconds(1) {
            found.append(
                Finding(
                    check: .clock, level: .warning, nodes: [index],
                    detail: "its clock is \(Self.short(abs(clock, median))) \(clock > median ? "ahead of" : "behind") the others",
                    remedy: "look at `chronyc tracking` on its machine; let chrony slew the clock, and do not set it while locks are held"))
        }
        let apart = most - least < .milliseconds(1) ? "less than 1ms" : "at most \(Self.short(most - least))"
        if clocks.count == 1, found.isEmpty { return [Self.ok(.clock, "not set while we looked")] }
        return found.isEmpty ? [Self.ok(.clock, "\(apart) apart, and not set while we looked")] : found
    }

    func abs(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { a > b ? a - b : b - a }

    var roundTrip: [Finding] {
        let measured = facts.filter { !$0.roundTrips.isEmpty }
        guard let slowest = measured.max(by: { ($0.roundTrip(percentile: 99) ?? .zero) < ($1.roundTrip(percentile: 99) ?? .zero) }),
            let p50 = slowest.roundTrip(percentile: 50), let p99 = slowest.roundTrip(percentile: 99)
        else { return [Self.ok(.roundTrip, "not known")] }
        let count = measured.map(\.roundTrips.count).min() ?? 0
        let summary = "p50 \(Self.trip(p50)), p99 \(Self.trip(p99)) over \(count) at the slowest node"
        return each(.roundTrip, otherwise: measured.count == 1 ? summary.replacing(" at the slowest node", with: "") : summary) { node in
            guard let p50 = node.roundTrip(percentile: 50), let p99 = node.roundTrip(percentile: 99), p99 * 2 > terms.attemptTimeout else {
                return nil
            }
            let isLate = p50 > terms.attemptTimeout
            return (
                isLate ? .error : .warning,
                "p50 \(Self.trip(p50)), p99 \(Self.trip(p99)) over \(node.roundTrips.count), of \(Self.short(terms.attemptTimeout)) for a round",
                "look at `redis-cli --latency`; move it nearer to its clients, or raise attempt-timeout"
            )
        }
    }

    var budget: [Finding] {
        let trips = facts.compactMap { $0.roundTrip(percentile: 99) }.sorted()
        guard trips.count >= needed else { return [Self.ok(.budget, "not known: no quorum answers")] }
        // A lock is taken when the quorum has answered; with a second round trip where fencing counters differ.
        let cost = trips[needed - 1] * 2
        let drift = terms.drift.drift(over: terms.ttl)
        let left = terms.ttl - drift - cost
        let sum =
            "of \(Self.short(terms.ttl)) a holder has \(left > .zero ? Self.short(left) : "nothing") left: "
            + "\(Self.trip(cost)) for the votes, \(Self.trip(drift)) for drift"
        let deadline = min(terms.attemptTimeout, terms.ttl / 2)
        if left <= .zero || cost > deadline {
            return [
                whole(
                    .budget, .error, cost > deadline ? "\(sum); a round may take \(Self.short(deadline))" : sum,
                    "ask for longer locks (--ttl, max-ttl), raise attempt-timeout, or move the nodes nearer")
            ]
        }
        guard left < terms.ttl / 10 * 8 else { return [Self.ok(.budget, sum)] }
        return [whole(.budget, .warning, sum, "ask for longer locks: --ttl \(DurationText.argument((terms.ttl * 4).duration))")]
    }
}
