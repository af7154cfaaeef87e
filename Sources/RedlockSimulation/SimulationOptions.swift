package import RedlockCore

/// What kind of run a seed makes: how many of everything, how slow, how skewed, and which faults may happen.
///
/// Drawn from the seed as a whole ("swarm"): most runs leave most kinds of fault out, so that those left in meet each
/// other undisturbed. Times are nanoseconds.
package struct SimulationOptions: Hashable, Sendable {
    package enum Fencing: String, Hashable, Sendable { case never, always, mixed }

    package var nodes = 3
    package var processes = 2
    package var workers = 1
    package var resources = 1
    package var fencing = Fencing.always

    /// ttls are drawn from here; the longest is `maxTTL` often enough.
    package var shortestTTL: Int64 = 100_000_000
    package var maxTTL: Int64 = 1_000_000_000
    package var attemptTimeout: Int64 = 500_000_000
    package var retryCap: Int64 = 200_000_000
    package var drift = DriftBound()
    package var quarantines = true
    package var stallTimeout: Int64 = 5_000_000_000
    package var connectTimeout: Int64 = 1_000_000_000
    package var inFlightLimit = 4096

    package var delayMin: Int64 = 50_000
    package var delayMax: Int64 = 1_000_000
    /// One message in so many takes up to `spike`; 0 for none.
    package var spikeEvery = 0
    package var spike: Int64 = 0

    /// No clock gains or loses more, in parts per million. Half of the drift factor keeps any two within it.
    package var gainMax: Int64 = 4_900
    /// How far the nodes' wall clocks are apart at most at the start.
    package var nodeSpread: Int64 = 0
    /// How far the processes' wall clocks are off; the hint for fencing comes from them.
    package var hintSpread: Int64 = 0
    /// Nodes whose keys expire a millisecond early.
    package var earlyExpiry = false

    /// Chances out of 16.
    package var extendsItself = 4
    package var extendsByHand = 4
    package var cancels = 2
    package var overstays = 4
    package var ignoresStop = 4

    /// How long faults may happen.
    package var hostile: Int64 = 10_000_000_000
    package var faults: [Fault.Kind] = []
    package var faultCount = 0

    package init() {}

    /// Q, the time a restarted node's votes do not count.
    package var quarantine: Nanoseconds { Nanoseconds(maxTTL) + drift.drift(over: Nanoseconds(maxTTL)) }

    /// The options of a seed.
    package init(drawing random: inout PRNG) {
        nodes = random.pick([1, 2, 3, 3, 3, 3, 3, 4, 5, 5, 5, 7])
        processes = random.pick([2, 2, 2, 3, 3, 4])
        workers = random.pick([1, 1, 1, 2])
        resources = random.pick([1, 1, 1, 2])
        fencing = random.pick([.never, .always, .always, .mixed])
        maxTTL = random.pick([200, 1_000, 1_000, 4_000, 4_000, 10_000]) * 1_000_000
        shortestTTL = random.pick([maxTTL, maxTTL, maxTTL / 2, maxTTL / 10])
        attemptTimeout = random.pick([500_000_000, maxTTL / 2, maxTTL / 10])
        retryCap = random.pick([maxTTL / 16, maxTTL / 8, maxTTL / 4])
        stallTimeout = random.pick([5_000_000_000, 500_000_000, maxTTL / 2])
        inFlightLimit = random.pick([4096, 4096, 4096, 2, 1])
        delayMin = random.pick([20_000, 50_000, 500_000])
        delayMax = delayMin + random.pick([100_000, 1_000_000, 1_000_000, 10_000_000, maxTTL / 20, maxTTL / 4])
        if random.chance(1, in: 3) {
            spikeEvery = random.pick([8, 30, 100])
            spike = random.pick([maxTTL / 4, maxTTL, maxTTL * 2])
        }
        gainMax = random.pick([0, 4_900, 4_900])
        hintSpread = random.pick([0, 500_000_000, 5_000_000_000, 3_600_000_000_000])
        earlyExpiry = random.chance(1, in: 4)
        extendsItself = random.pick([0, 4, 12])
        extendsByHand = random.pick([0, 4, 12])
        cancels = random.pick([0, 2, 6])
        overstays = random.pick([0, 4, 12])
        ignoresStop = random.pick([0, 8, 16])
        hostile = maxTTL * random.between(6, 12)
        drawFaults(&random)
    }

    private mutating func drawFaults(_ random: inout PRNG) {
        faults = Fault.Kind.insideTheModel.filter { _ in random.chance(2, in: 5) }
        faultCount = faults.isEmpty ? 0 : random.below(25)
        let forgets = faults.contains(.amnesia) || faults.contains(.powerCut)
        // With less than three nodes there is no quarantine, so a node that forgets is outside the model.
        if forgets, nodes < 3 { faults.removeAll { $0 == .amnesia || $0 == .powerCut } }
        if forgets, nodes >= 3 {
            // Time for a quarantine or two to end.
            hostile += quarantine.count * 2 + 2_000_000_000
            // A5: counters that were lost are made up for by clocks, within Q > eps + 2S.
            let second: Int64 = 1_000_000_000
            let room = quarantine.count - 2 * second - hostile / 100 - second / 10
            if fencing != .never, room < 0 { faults.removeAll { $0 == .amnesia || $0 == .powerCut } }
            nodeSpread = random.pick([0, max(room, 0)])
        } else {
            nodeSpread = random.pick([0, 100_000_000, 3_600_000_000_000])
        }
        if faults.isEmpty { faultCount = 0 }
    }
}

extension SimulationOptions: CustomStringConvertible {
    /// One line, for reports.
    package var description: String {
        func ms(_ time: Int64) -> String { "\(Double(time / 1_000) / 1_000) ms" }
        return
            "\(nodes) nodes, \(processes)×\(workers) workers, \(resources) resources, fencing \(fencing.rawValue), ttl \(ms(shortestTTL)) to \(ms(maxTTL)), "
            + "attempt \(ms(attemptTimeout)), delay \(ms(delayMin)) to \(ms(delayMax))"
            + (spikeEvery > 0 ? ", one in \(spikeEvery) up to \(ms(spike))" : "")
            + ", clocks ±\(gainMax) ppm, nodes apart \(ms(nodeSpread)), hints off \(ms(hintSpread))"
            + (inFlightLimit < 4096 ? ", \(inFlightLimit) in flight" : "") + (earlyExpiry ? ", early expiry" : "")
            + ", hostile for \(ms(hostile)), \(faultCount) faults of [\(faults.map(\.rawValue).joined(separator: " "))]"
    }
}
