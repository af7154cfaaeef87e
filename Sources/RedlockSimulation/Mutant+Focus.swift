/// Where to look for what some rules prevent: a run needs several unlikely things at once there, so their seeds draw from
/// fewer kinds of run. The same runs without the mutant must be clean, like all others (`simulate --focus`).
extension Mutant {
    func focus(_ options: inout SimulationOptions, drawing random: inout PRNG) {
        switch self {
        case .quarantineShortByASecond:
            // A power cut right after a grant, and a holder who uses the lease to its end.
            restartsOften(&options, &random)
            options.faults = [.powerCut, .amnesia]
            options.shortestTTL = options.maxTTL
            (options.extendsItself, options.extendsByHand, options.overstays, options.ignoresStop) = (0, 0, 14, 14)
        case .staleNowWhileExtending:
            options.faults = [.pause]
            options.faultCount = 24
            options.delayMax = options.maxTTL / 4
            (options.extendsItself, options.overstays) = (14, 14)
        case .extendNotQuarantined:
            restartsOften(&options, &random)
            slowVotes(&options)
            options.faults = [.amnesia, .amnesia, .cut, .slow, .slow]
            (options.extendsItself, options.overstays) = (14, 14)
        case .raiseNotQuarantined:
            restartsOften(&options, &random)
            slowVotes(&options)
            options.faults = [.amnesia, .amnesia, .cut, .slow, .slow, .kill]
            (options.fencing, options.hintSpread) = (.always, 3_600_000_000_000)
        case .raiseWithoutKeyCheck:
            slowVotes(&options)
            options.nodes = 3
            options.faults = [.cut, .slow, .slow, .kill, .kill]
            (options.fencing, options.hintSpread, options.nodeSpread) = (.always, 3_600_000_000_000, 60_000_000_000)
        case .counterUnclamped, .counterLogical:
            restartsOften(&options, &random)
            options.faults = [.amnesia, .powerCut]
            (options.fencing, options.hintSpread) = (.always, 3_600_000_000_000)
        default:
            break
        }
    }

    private func restartsOften(_ options: inout SimulationOptions, _ random: inout PRNG) {
        options.nodes = random.pick([3, 3, 5])
        options.maxTTL = 4_000_000_000
        options.shortestTTL = options.maxTTL / 10
        options.attemptTimeout = options.maxTTL / 2
        options.retryCap = options.maxTTL / 16
        options.delayMin = 50_000
        options.delayMax = 5_000_000
        options.spikeEvery = 0
        options.hostile = options.maxTTL * 16
        options.faultCount = 16
        // A5: Q > eps + 2S, with Q = 4.042 s; the clocks drift apart by less than 0.7 s in the run.
        options.nodeSpread = random.pick([0, 1_000_000_000])
    }

    /// Votes that take so long that a restart, or another's lease, fits between two of one round.
    private func slowVotes(_ options: inout SimulationOptions) {
        options.processes = max(options.processes, 3)
        options.resources = 1
        options.delayMax = options.maxTTL / 40
        options.attemptTimeout = options.maxTTL / 2
        options.shortestTTL = options.maxTTL / 5
        options.faultCount = 60
        options.cancels = 0
        options.inFlightLimit = 4096
        options.stallTimeout = 5_000_000_000
    }
}
