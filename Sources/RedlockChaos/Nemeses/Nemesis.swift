import RedlockHistory
import RedlockSimulation

/// One kind of fault: how to do it to a running arena, and how to undo it.
///
/// Each is a file of its own in this folder and a line in ``all``. What it is done to is drawn from the seed.
protocol Nemesis: Sendable {
    /// As it is written after `--nemesis`.
    var name: String { get }
    /// What it does, for the list of nemeses and for the report.
    var summary: String { get }
    /// The assumption of Redlock that it breaks; nil if Redlock promises to stand it.
    var breaks: Assumption? { get }
    /// How long it lasts, for locks of this ttl.
    func span(ttl: Int64) -> ClosedRange<Int64>
    /// Whether so many nodes lose their memory that no lock can be given until they count again. What goes wrong does so then,
    /// so the next fault of the same kind waits for it.
    var emptiesMajority: Bool { get }
    /// What this machine lacks for it, and where to get it; nil if nothing.
    var missing: String? { get }
    /// Begins it. Throws only if the harness could not do it.
    func inject(into arena: Arena, _ random: inout PRNG) async throws -> Injection
}

extension Nemesis {
    var breaks: Assumption? { nil }
    var emptiesMajority: Bool { false }
    var missing: String? { nil }
    func span(ttl: Int64) -> ClosedRange<Int64> { ttl / 2...ttl * 2 }
}

/// A fault in force.
struct Injection: Sendable {
    /// Whom it hits.
    let targets: [FaultTarget]
    /// What exactly was done.
    let detail: String
    /// Takes it away. Always runs to its end, also in a cancelled task.
    let undo: @Sendable () async throws -> Void

    init(_ targets: [FaultTarget], _ detail: String, undo: @escaping @Sendable () async throws -> Void = {}) {
        self.targets = targets
        self.detail = detail
        self.undo = undo
    }
}

/// A row of the timeline.
enum FaultTarget: Hashable, Sendable {
    case node(Int)
    case client(Int)
}

/// All there are, and which of them are meant by a text.
enum Nemeses {
    static let all: [any Nemesis] = [
        KillNode(), KillDurableNode(), PauseNode(), PauseNodeLong(), SlowLinks(), SlicedBytes(), ResetConnections(), OneWayBlackhole(),
        Partition(), MajorityLoss(), RollingRestart(), SkewedClock(), FastClocks(), PauseClient(), KillClient(), FloodNodes(),
        FlushScripts(), KickClients(), StepClock(), EvictKeys(), FlushKeys(), PromoteReplica(),
    ]

    static var withinThePromise: [any Nemesis] { all.filter { $0.breaks == nil } }
    static var outsideThePromise: [any Nemesis] { all.filter { $0.breaks != nil } }

    /// `all`, `within`, `outside`, `none`, or names with commas between them.
    static func named(_ text: String) throws(HarnessFailure) -> [any Nemesis] {
        var chosen: [any Nemesis] = []
        for word in text.split(separator: ",").map(String.init) {
            switch word {
            case "all": chosen += all
            case "within": chosen += withinThePromise
            case "outside": chosen += outsideThePromise
            case "none": continue
            default:
                guard let one = all.first(where: { $0.name == word }) else {
                    throw HarnessFailure(
                        "there is no nemesis \"\(word)\"; there are all, within, outside, none, \(all.map(\.name).joined(separator: ", "))")
                }
                chosen.append(one)
            }
        }
        var seen: Set<String> = []
        return chosen.filter { seen.insert($0.name).inserted }
    }
}
