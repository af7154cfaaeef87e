import RedlockCore

/// A world so small that everything that can happen in it is tried: three nodes, two clients, whole ticks of time.
///
/// A message may arrive at any later time, or never. Unless `inOrder`, the network is more hostile than TCP, and any
/// message may overtake any other.
package struct ExplorerScope: Hashable, Sendable {
    package var name: String
    package var nodes = 3
    package var clients = 2
    /// Attempts of each client, every one under a token of its own.
    package var attempts = 1
    /// Extensions of each client.
    package var extensions = 0
    package var crashes = 0
    /// In ticks.
    package var ttl = 3
    package var extensionTTL = 3
    package var drift = 0
    /// By how many ticks nodes expire keys early; drift makes up for it.
    package var early = 0
    package var quarantine = 3
    /// By how many ticks a restarted node may say that it has been up longer than it has.
    package var overReport = 0
    /// How many ticks there are.
    package var horizon = 5
    package var fencing = false
    /// By how many ticks each node's clock is ahead; counters follow the clocks.
    package var skew: [Int] = []
    /// By how many ticks the hint of a client may be off the true time, each of these; none: nodes propose by their own clock.
    package var hints: [Int] = []
    /// By how many ticks a proposal may be off the node's own clock.
    package var hintClamp = 0
    /// Whether a client may give the lock back.
    package var releases = true
    /// Whether what one client sends to one node arrives in order, as over one connection.
    package var inOrder = false
    /// Whether an answer is heard when it is given. Being told later that a quorum granted only makes a lease shorter, so
    /// nothing is missed by it unless the order of grants matters, or when an extension is accepted.
    package var hearsAtOnce = true
    /// Whether clients, and nodes with equal clocks, count as interchangeable.
    package var usesSymmetry = true
    /// The rule that is left out.
    package var mutant: Mutant?

    package init(_ name: String) { self.name = name }

    package func without(_ rule: Mutant) -> ExplorerScope {
        var scope = self
        scope.mutant = rule
        return scope
    }

    func skew(of node: Int) -> Int { node < skew.count ? skew[node] : 0 }

    /// What a node's own clock shows: far from 0, so that counters that follow it are larger than any count.
    func wall(of node: Int, at tick: Int) -> Int { 1_000 + tick + skew(of: node) }

    /// The hints an acquire may carry, in microseconds.
    func hints(at tick: Int) -> [UInt64] { hints.isEmpty ? [0] : hints.map { UInt64(1_000 + tick + $0) * 1_000_000 } }

    var usesStaleInstants: Bool { mutant == .staleNowWhileVoting || mutant == .staleNowWhileExtending }

    func with(_ change: (inout ExplorerScope) -> Void) -> ExplorerScope {
        var scope = self
        change(&scope)
        return scope
    }
}

/// The scopes that PROTOCOL section 9 names, and a few more.
extension ExplorerScope {
    package static let basic = ExplorerScope("basic").with {
        ($0.clients, $0.ttl, $0.horizon) = (3, 2, 4)
    }

    /// Keys go a tick early, and drift makes up for it.
    package static let drift = ExplorerScope("drift").with {
        ($0.ttl, $0.drift, $0.early, $0.horizon) = (3, 1, 1, 6)
    }

    package static let retry = ExplorerScope("retry").with {
        ($0.attempts, $0.ttl, $0.horizon, $0.inOrder) = (2, 2, 3, true)
    }

    /// An extension fills a key that is missing, and that counts.
    package static let `extension` = ExplorerScope("extension").with {
        ($0.extensions, $0.ttl, $0.extensionTTL, $0.drift, $0.early, $0.horizon) = (1, 3, 3, 1, 1, 5)
    }

    package static let crash = ExplorerScope("crash").with {
        ($0.crashes, $0.ttl, $0.quarantine, $0.overReport, $0.horizon) = (1, 3, 3, 1, 5)
    }

    /// An extension and a restart together.
    package static let crashWhileExtending = ExplorerScope("extension+crash").with {
        ($0.extensions, $0.crashes, $0.ttl, $0.extensionTTL, $0.quarantine, $0.overReport, $0.horizon) = (1, 1, 3, 3, 3, 1, 5)
        $0.inOrder = true
    }

    /// Three clients, and a node whose clock is ahead. The order of grants matters, so grants are heard late.
    package static let fencing = ExplorerScope("fencing").with {
        ($0.clients, $0.fencing, $0.ttl, $0.horizon, $0.skew, $0.hearsAtOnce, $0.releases, $0.inOrder) = (
            3, true, 2, 2, [2, 0, 0], false, false, true
        )
    }

    package static let fencingExtension = ExplorerScope("fencing+extension").with {
        ($0.fencing, $0.extensions, $0.ttl, $0.extensionTTL, $0.horizon, $0.skew, $0.hearsAtOnce, $0.releases, $0.inOrder) = (
            true, 1, 2, 2, 3, [2, 0, 0], false, true, true
        )
    }

    /// Counters are lost, and clocks make up for them: Q > eps + 2S.
    package static let fencingCrash = ExplorerScope("fencing+crash").with {
        ($0.fencing, $0.crashes, $0.ttl, $0.quarantine, $0.horizon, $0.skew, $0.hearsAtOnce, $0.releases, $0.inOrder) = (
            true, 1, 2, 3, 3, [2, 0, 0], false, true, true
        )
    }

    /// Hints far off the truth on either side, held to a tick from the nodes' clocks.
    package static let fencingHints = ExplorerScope("fencing+hints").with {
        ($0.fencing, $0.crashes, $0.ttl, $0.quarantine, $0.overReport, $0.horizon, $0.skew) = (true, 1, 2, 4, 2, 3, [1, 0, 0])
        ($0.hints, $0.hintClamp, $0.hearsAtOnce, $0.releases, $0.inOrder) = ([-9, 9], 1, false, false, true)
    }

    /// The scopes that must hold.
    package static let all: [ExplorerScope] = [
        .basic, .drift, .retry, .extension, .crash, .crashWhileExtending, .fencing, .fencingExtension, .fencingCrash, .fencingHints,
    ]

    /// Small enough for a unit test in a debug build.
    package var isQuick: Bool {
        switch mutant {
        case nil: name == "drift"
        case .noDrift, .extendShortens, .staleNowWhileExtending, .counterLogical, .singlePhaseFencing: true
        default: false
        }
    }

    /// The same with one rule left out each: a counterexample must be found.
    package static let broken: [ExplorerScope] = [
        drift.without(.noDrift),
        retry.with { ($0.inOrder, $0.horizon) = (false, 2) }.without(.tokenReused),
        crash.without(.noQuarantine),
        crash.without(.quarantineShortByASecond),
        `extension`.with { ($0.extensionTTL, $0.ttl) = (1, 3) }.without(.extendShortens),
        `extension`.with { $0.hearsAtOnce = false }.without(.staleNowWhileExtending),
        crashWhileExtending.without(.extendNotQuarantined),
        fencing.with { $0.horizon = 3 }.without(.raiseWithoutKeyCheck),
        fencing.with { $0.horizon = 3 }.without(.staleNowWhileVoting),
        fencingCrash.without(.counterLogical),
        fencingCrash.without(.raiseNotQuarantined),
        // Q no longer more than eps + 2S.
        fencingHints.without(.quarantineShortByASecond),
        fencing.with { $0.horizon = 3 }.without(.singlePhaseFencing),
    ]
}
