package import RedlockCore

/// What a request was, so that its reply can be read; and whose, so that it can be delivered.
///
/// `slot` and `round` mean nothing to the node: they are the owner's, handed back with the answer.
package struct NodeTicket: Hashable, Sendable {
    package enum Kind: UInt8, Sendable {
        case acquire, fencedAcquire, raise, extend, release
        /// Said for people who look; whatever the node answers is of no interest.
        case notice
    }

    package let kind: Kind
    package let slot: UInt32
    package let round: UInt32

    package init(_ kind: Kind, slot: UInt32, round: UInt32) {
        self.kind = kind
        self.slot = slot
        self.round = round
    }
}

/// What became of a request.
package struct NodeAnswer: Hashable, Sendable {
    package enum Content: Hashable, Sendable {
        /// A node's vote, `unknown` if the connection ended first.
        case vote(Vote)
        /// The compare-and-delete was executed: nothing of the token is left on this node.
        case released
        /// The node did not execute the compare-and-delete, and said so.
        case notReleased
        /// The connection ended before the compare-and-delete was answered; it is owed still.
        case releaseLost
        /// The node does not know the script any more (SCRIPT FLUSH, restart): it has to be sent in full.
        case missingScript
        /// Whatever came of a notice.
        case noticed
    }

    package let ticket: NodeTicket
    package let content: Content

    /// The answer to everything that was under way when a connection ended.
    static func lost(_ ticket: NodeTicket) -> NodeAnswer {
        switch ticket.kind {
        case .release: NodeAnswer(ticket: ticket, content: .releaseLost)
        case .notice: NodeAnswer(ticket: ticket, content: .noticed)
        case .acquire, .fencedAcquire, .raise, .extend: NodeAnswer(ticket: ticket, content: .vote(.unknown))
        }
    }
}
