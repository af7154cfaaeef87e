import RedlockCore
import RedlockNode

/// What one node answered in the attempt an error is about. There is one for every configured node, in their order.
public struct NodeReport: Sendable, Hashable, CustomStringConvertible {
    /// One node's answer.
    public enum Outcome: String, Sendable, Hashable {
        /// It granted the request. The request as a whole failed all the same, and the grant was taken back.
        case granted
        /// It holds somebody else's lock.
        case refused
        /// It could not serve the request, or its grant does not count; `reason` says why.
        case failed
        /// It did not answer in time, or the connection broke: it may or may not have done what it was asked.
        case unknown
        /// Nothing was sent to it: it was down, or nothing was asked at all.
        case notAsked
    }

    /// The node's URL as configured, without password and query.
    public let node: String
    /// What it answered.
    public let outcome: Outcome
    /// Why, as far as it is known, with the remedy.
    public let reason: String?

    /// One line: the node, the outcome, the reason.
    public var description: String {
        guard let reason else { return "\(node) \(outcome.rawValue)" }
        return outcome == .failed || outcome == .notAsked ? "\(node) \(reason)" : "\(node) \(outcome.rawValue): \(reason)"
    }
}

extension NodeReport {
    /// The report on `node` as of the end of the attempt that `tally` counted.
    init(_ node: NodeClient, in tally: VotingRound?) {
        self.node = node.endpoint.description
        let fault = node.fault?.detail
        switch tally {
        case .some(let tally) where tally.granted.contains(node.id): (outcome, reason) = (.granted, nil)
        case .some(let tally) where tally.refused.contains(node.id): (outcome, reason) = (.refused, nil)
        case .some(let tally) where tally.failed.contains(node.id): (outcome, reason) = (.failed, fault ?? "could not serve the request")
        case .some(let tally) where tally.unknown.contains(node.id):
            (outcome, reason) = (.unknown, node.isUp ? "did not answer in time" : fault)
        case .some(let tally) where tally.outstanding.contains(node.id):
            (outcome, reason) = (.unknown, nil)  // the others had decided before it answered
        case .some: (outcome, reason) = (.notAsked, fault)
        case nil: (outcome, reason) = (.notAsked, node.isUp ? nil : fault)
        }
    }
}
