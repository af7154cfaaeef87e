import RedlockCore

/// What a test lets happen to one node in a round.
enum Fate: Hashable {
    case granted(UInt64), refused, failed, unknown, unsent

    static let plain: [Fate] = [.granted(0), .refused, .failed, .unknown, .unsent]
    static let fenced: [Fate] = [.granted(5), .granted(7), .granted(0), .refused, .failed, .unknown, .unsent]

    func event(of node: Int, in round: RoundID) -> LeaseEvent {
        switch self {
        case .granted(let fence): .voted(NodeID(node), .granted(fence: fence), round)
        case .refused: .voted(NodeID(node), .refused, round)
        case .failed: .voted(NodeID(node), .failed, round)
        case .unknown: .voted(NodeID(node), .unknown, round)
        case .unsent: .unsent(NodeSet([NodeID(node)]), round)
        }
    }
}

struct Reply: Hashable {
    let node: Int
    let fate: Fate
}

/// PROTOCOL section 6 in the slowest and most obvious form: nothing is remembered, everything is counted again from
/// the list of replies. Written from the specification's text, so that it errs differently from the code if it errs.
struct ReferenceRound {
    let nodes: Int
    var fenced = false
    var replies: [Reply] = []

    enum Verdict: Hashable { case pending, won, contended, unreachable }

    /// The least number that is more than half of them.
    var majority: Int {
        var count = 0
        while 2 * count <= nodes { count += 1 }
        return count
    }

    var grants: [(node: Int, fence: UInt64)] {
        replies.compactMap { reply in
            guard case .granted(let fence) = reply.fate, !fenced || fence > 0 else { return nil }
            return (reply.node, fence)
        }
    }

    /// - Parameter overdue: the round's time is up, so that who has not answered will not.
    func verdict(overdue: Bool = false) -> Verdict {
        if grants.count >= majority { return .won }
        let silent = nodes - replies.count
        let best = grants.count + (overdue ? 0 : silent)
        if best >= majority { return .pending }
        // Would a quorum have been possible if every node that refused had granted? Then somebody else is in the way.
        let refusals = replies.filter { $0.fate == .refused }.count
        return best + refusals >= majority ? .contended : .unreachable
    }

    /// Every node that was asked and did not refuse.
    var mayHold: NodeSet {
        var set = NodeSet.all(nodes)
        for reply in replies where reply.fate == .refused || reply.fate == .unsent { set.remove(NodeID(reply.node)) }
        return set
    }

    var fence: UInt64 { grants.map(\.fence).max() ?? 0 }
    var fenceHolders: [Int] { grants.filter { $0.fence == fence }.map(\.node) }

    func adding(_ node: Int, _ fate: Fate) -> ReferenceRound {
        var copy = self
        copy.replies.append(Reply(node: node, fate: fate))
        return copy
    }
}

/// Compares effects and counts what it compared, keeping the first few differences only: a tree walk that goes wrong
/// goes wrong thousands of times.
struct Comparison {
    private(set) var steps = 0
    private(set) var differences: [String] = []
    /// How often each kind of end was seen, so that a walk that saw nothing cannot pass.
    private(set) var seen: [String: Int] = [:]

    mutating func saw(_ what: String) { seen[what, default: 0] += 1 }

    /// - Parameter what: the story so far; evaluated only where something differs.
    mutating func expect(_ condition: Bool, _ what: @autoclosure () -> String) {
        steps += 1
        if !condition, differences.count < 5 { differences.append(what()) }
    }

    mutating func expect(_ actual: [LeaseEffect], _ expected: [LeaseEffect], after story: @autoclosure () -> String) {
        expect(
            actual.withoutReleaseTimes == expected.withoutReleaseTimes,
            "\(story()):\n  expected \(expected.map(\.text))\n  actual   \(actual.map(\.text))")
    }
}

extension [LeaseEffect] {
    /// How long a release stays owed is not part of the protocol, and has tests of its own.
    fileprivate var withoutReleaseTimes: [LeaseEffect] {
        map { effect in
            guard case .release(let token, let fence, let to, _) = effect else { return effect }
            return .release(token: token, fence: fence, to: to, until: .distantFuture)
        }
    }
}
