/// Identifies one fan-out to the nodes, so that an answer to an earlier one is never counted in a later.
package struct RoundID: Hashable, Sendable {
    package var number: UInt32

    package init(_ number: UInt32) { self.number = number }

    package var next: RoundID { RoundID(number &+ 1) }
}

/// The tally of one fan-out: who was asked, who answered what, and whether that decides it.
///
/// A node's first answer is final; answers of nodes that were not asked are ignored.
package struct VotingRound: Hashable, Sendable {
    /// The largest fencing counter among the grants, and the granting nodes that proposed exactly that one.
    package private(set) var fence: UInt64 = 0
    package private(set) var fenceHolders = NodeSet.empty

    /// Nodes the request was written to.
    package private(set) var asked: NodeSet
    package private(set) var granted = NodeSet.empty
    package private(set) var refused = NodeSet.empty
    package private(set) var failed = NodeSet.empty
    package private(set) var unknown = NodeSet.empty

    package let id: RoundID
    package let quorum: Quorum
    /// Whether a grant without a fencing counter is worthless, because one was asked for.
    package let fenced: Bool

    package init(id: RoundID, quorum: Quorum, asked: NodeSet, fenced: Bool = false) {
        self.id = id
        self.quorum = quorum
        self.fenced = fenced
        self.asked = asked
    }

    package enum Outcome: Hashable, Sendable { case pending, won, lost }

    /// Won at the quorum'th grant; lost as soon as the grants still possible cannot make a quorum.
    package var outcome: Outcome {
        if granted.count >= quorum.needed { return .won }
        return granted.count + outstanding.count < quorum.needed ? .lost : .pending
    }

    /// Asked and not answered.
    package var outstanding: NodeSet {
        asked.subtracting(granted.union(refused).union(failed).union(unknown))
    }

    /// Where our key may be now: everywhere the request went except where it was definitely refused.
    package var mayHold: NodeSet { asked.subtracting(refused) }

    /// Why a lost round was lost. Nodes that could not be asked or did not answer make it an outage only if they alone
    /// rule a quorum out; otherwise somebody else's lock stood in the way.
    package var isOutage: Bool { quorum.nodes - granted.count - refused.count - outstanding.count > quorum.spare }

    package mutating func record(_ vote: Vote, from node: NodeID) {
        guard outstanding.contains(node) else { return }
        switch vote {
        case .granted(let proposal) where fenced && proposal == 0:
            failed.insert(node)
        case .granted(let proposal):
            granted.insert(node)
            if proposal > fence { (fence, fenceHolders) = (proposal, .empty) }
            if proposal == fence { fenceHolders.insert(node) }
        case .refused: refused.insert(node)
        case .failed: failed.insert(node)
        case .unknown: unknown.insert(node)
        }
    }

    /// Takes back that these nodes were asked: not a byte of the request was written to them.
    package mutating func withdraw(_ nodes: NodeSet) {
        asked = asked.subtracting(nodes.intersection(outstanding))
    }

    /// At the round's deadline every silence becomes an unknown.
    package mutating func close() {
        unknown = unknown.union(outstanding)
    }
}
