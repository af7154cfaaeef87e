import Foundation
import RedlockCore
import RedlockNode

/// What is known about a deployment that is watched: the samples so far, and what changed from one to the next. Pure.
struct WatchModel: Sendable {
    /// The nodes, in their order.
    private(set) var nodes: [Node]
    /// The locks that are held, contended for, or were a short time ago.
    private(set) var locks: [WatchKey: Lock] = [:]
    /// What happened, the latest last.
    private(set) var events: [WatchEvent] = []
    /// The last sample's time, of day and since the first.
    private(set) var date = Date(timeIntervalSince1970: 0)
    private(set) var elapsed = Duration.zero
    /// Whether every node was walked through at least once, and whether there are more locks than are looked at.
    private(set) var isComplete = false
    private(set) var isTruncated = false

    private let prefix: String
    private var samples = 0
    /// When grants and losses were seen.
    private var grants: [Duration] = []
    private var losses: [Duration] = []

    /// For how long the rates are taken, how many round trips a sparkline has, and how many events are kept.
    private static let window = Duration.seconds(10)
    private static let historyLength = 24
    private static let mostEvents = 200

    /// One node.
    struct Node: Sendable, Hashable {
        /// As it is shown.
        let name: String
        /// How it is; nil before the first sample.
        var state: State?
        /// Whether our user may not look at its locks.
        var isUnseen = false
        /// The last round trips in microseconds, nil where there was no answer; the latest last.
        var history: [Int64?] = []

        /// How a node is.
        enum State: Sendable, Hashable {
            case votes, quarantined(Duration), unfit(String), unreachable(String)

            /// The same for all that are in this state, whatever the details.
            var name: String {
                switch self {
                case .votes: "votes"
                case .quarantined: "quarantined"
                case .unfit: "unfit"
                case .unreachable: "unreachable"
                }
            }
        }
    }

    /// One lock.
    struct Lock: Sendable, Hashable {
        /// Its name without the prefix.
        let resource: String
        /// The verdict of the last sample.
        var verdict: LockVerdict
        /// The largest fencing counter.
        var fencing: UInt64?
        /// Who held it when that was last certain, until what became of it is.
        var holder: [UInt8]?
        /// Since when that holder has been seen, and when the lock ends by itself if nobody extends it.
        var heldSince: Duration?
        var endsAt: Duration?
        /// How many grants were seen.
        var grants = 0
        /// Whether it was told that no quorum has it.
        var isReported = false
    }

    /// A model of nodes that nobody has looked at yet.
    init(nodes names: [String], prefix: String) {
        nodes = names.map { Node(name: $0) }
        self.prefix = prefix
    }

    /// How many nodes hold a lock together, and how many votes count now.
    var quorum: Int { Quorum(nodes: nodes.count).needed }
    var voting: Int { nodes.count { $0.state == .votes } }
    /// Locks that a quorum holds, and locks with values and none on a quorum.
    var held: Int { locks.values.count { if case .held = $0.verdict { true } else { false } } }
    var contended: Int { locks.values.count { if case .split = $0.verdict { true } else { false } } }
    /// Locks of which the nodes that vote say too little.
    var unknown: Int { locks.count - held - contended - locks.values.count { $0.verdict == .free } }

    /// Grants and losses a second, of those that were seen in the last ten seconds.
    var grantRate: Double { rate(grants) }
    var lossRate: Double { rate(losses) }

    private func rate(_ times: [Duration]) -> Double {
        let span = min(max(elapsed, .seconds(1)), Self.window)
        return Double(times.count) / (Double(DurationText.milliseconds(span)) / 1000)
    }

    /// Takes a sample. Returns what happened since the one before.
    @discardableResult
    mutating func take(_ sample: WatchSample) -> [WatchEvent] {
        var news: [WatchEvent] = []
        (date, elapsed) = (sample.date, sample.elapsed)
        (isComplete, isTruncated) = (sample.isComplete, sample.isTruncated)
        for (index, result) in sample.nodes.enumerated() where nodes.indices.contains(index) {
            if let event = takeNode(index, result) { news.append(event) }
        }
        for (key, readings) in sample.locks.sorted(by: { $0.key.bytes.lexicographicallyPrecedes($1.key.bytes) }) {
            if let event = takeLock(key, readings) { news.append(event) }
        }
        // What is not looked at any more has been free for a while.
        locks = locks.filter { sample.locks[$0.key] != nil }
        samples += 1
        grants.removeAll { $0 <= elapsed - Self.window }
        losses.removeAll { $0 <= elapsed - Self.window }
        events = (events + news).suffix(Self.mostEvents)
        return news
    }

    private mutating func takeNode(_ index: Int, _ result: Result<WatchSample.Node, NodeFault>) -> WatchEvent? {
        let state: Node.State
        var unseen = false
        switch result {
        case .success(let node):
            nodes[index].history.append(node.roundTripMicroseconds)
            if node.isUnseen, !nodes[index].isUnseen { unseen = true }
            nodes[index].isUnseen = node.isUnseen
            state = node.refusal.map { .unfit($0) } ?? node.quarantine.map { .quarantined($0) } ?? .votes
        case .failure(let fault):
            nodes[index].history.append(nil)
            state = fault.isRefusal ? .unfit(fault.detail) : .unreachable(fault.detail)
        }
        nodes[index].history = nodes[index].history.suffix(Self.historyLength)
        defer { nodes[index].state = state }
        if unseen, state == .votes {
            return WatchEvent(kind: "unseen", date: date, node: nodes[index].name, text: Self.unseenSentence)
        }
        // At the beginning a node that votes is no news.
        guard nodes[index].state?.name != state.name, nodes[index].state != nil || state != .votes else { return nil }
        let text =
            switch state {
            case .votes: "votes"
            case .quarantined(let left): "quarantined, votes in \(DurationText.left(left))"
            case .unfit(let reason), .unreachable(let reason): reason
            }
        return WatchEvent(kind: state.name, date: date, node: nodes[index].name, text: text)
    }

    private static let unseenSentence = "votes; to see its locks the user needs +scan +eval +pttl +getrange +get"

    private mutating func takeLock(_ key: WatchKey, _ readings: [LockReading]) -> WatchEvent? {
        let old = locks[key]
        var lock = Lock(
            resource: key.resource(prefix: prefix), verdict: LockVerdict(readings), fencing: readings.compactMap(\.fencing).max(),
            holder: nil, heldSince: nil, endsAt: nil, grants: old?.grants ?? 0)
        defer { locks[key] = lock }
        func event(_ kind: String, _ text: String) -> WatchEvent {
            let holder: [UInt8]? = if case .held(let token, _, _) = lock.verdict { token } else { nil }
            return WatchEvent(
                kind: kind, date: date, resource: lock.resource, holder: holder.map(Escaping.token),
                holderName: holder.flatMap { LockValue($0).name }, fencingToken: lock.fencing, text: text)
        }
        let isExpired = old?.holder != nil && old?.endsAt.map { $0 <= elapsed } ?? false

        switch lock.verdict {
        case .held(let token, let count, let atLeast):
            lock.holder = token
            lock.heldSince = token == old?.holder ? old?.heldSince : elapsed
            lock.endsAt = atLeast.map { elapsed + $0 }
            guard token != old?.holder else { return nil }
            if isExpired { losses.append(elapsed) }
            // What is there at the first look was granted before.
            guard samples > 0 else { return event("held", "held on \(count) of \(readings.count) nodes") }
            noteGrant(&lock)
            return event("granted", "granted on \(count) of \(readings.count) nodes" + (isExpired ? ", the one before expired" : ""))
        case .free:
            if isExpired {
                losses.append(elapsed)
                return event("expired", "expired: its holder did not release it")
            }
            if old?.holder != nil { return event("released", "released") }
            // Taken and given back between two looks.
            guard let before = old?.fencing, let after = lock.fencing, after > before else { return nil }
            noteGrant(&lock)
            return event("granted", "granted and released between two looks")
        case .split(let split):
            // The nodes are not read at the same instant, so that a lock that changes hands looks like this for a moment.
            let isConfirmed = if case .split = old?.verdict { true } else { samples == 0 }
            (lock.holder, lock.heldSince, lock.endsAt) = (old?.holder, old?.heldSince, old?.endsAt)
            guard isConfirmed else { return nil }
            if let holder = old?.holder, readings.contains(where: { $0.holds(holder) }) {
                (lock.holder, lock.heldSince) = (nil, nil)
                lock.isReported = true
                losses.append(elapsed)
                return event("lost", "lost its quorum: \(split.sentence(of: readings.count))")
            }
            lock.isReported = true
            return old?.isReported == true ? nil : event("contended", split.sentence(of: readings.count))
        case .unknown, .quarantined:
            // The nodes' own events say why.
            (lock.holder, lock.heldSince, lock.endsAt) = (old?.holder, old?.heldSince, old?.endsAt)
            return nil
        }
    }

    private mutating func noteGrant(_ lock: inout Lock) {
        lock.grants += 1
        grants.append(elapsed)
    }
}

extension LockReading {
    /// Whether this node has that value.
    fileprivate func holds(_ value: [UInt8]) -> Bool { if case .held(value, _) = state { true } else { false } }
}

extension LockVerdict.Split {
    /// In a few words.
    func sentence(of count: Int) -> String {
        switch self {
        case .severalHolders(let holders): "\(holders) holders, none on a quorum"
        case .orphanMinority(let nodes): "a value on \(nodes) of \(count) nodes only"
        case .foreignKeys(let nodes): "a key of another type on \(nodes) of \(count) nodes"
        }
    }
}
