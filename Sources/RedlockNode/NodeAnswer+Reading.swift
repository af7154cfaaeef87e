import RedlockCore

/// Reply → vote. The one place that knows what a reply says about a lock.
extension NodeAnswer {
    /// Reads the reply on `tape` to the request of `ticket`. `fault` is set if the node said why it could not serve.
    init(_ ticket: NodeTicket, reply tape: ReplyTape, fault: inout NodeFault?) {
        self.ticket = ticket
        guard ticket.kind != .notice else {
            // Nor is a refusal a complaint of the node's: it serves locks all the same.
            content = .noticed
            return
        }
        guard let head = tape.head else {
            content = ticket.kind == .release ? .notReleased : .vote(.failed)
            return
        }
        switch head.kind {
        case .error where tape.hasPrefix(head, "NOSCRIPT"):
            content = .missingScript
        case .error where tape.hasPrefix(head, "WRONGTYPE") && ticket.kind != .release:
            // Somebody's key, of another kind: it is in the way, and it is not ours. (The scripts answer 0 for the lock
            // itself, so it is the counter's key. A release that meets it there has not deleted the lock: a failure.)
            content = .vote(.refused)
        case .error:
            fault = NodeFault(errorReply: tape.text(head))
            content = ticket.kind == .release ? .notReleased : .vote(.failed)
        default:
            guard let answer = Self.content(ticket.kind, head, tape) else {
                fault = NodeFault(.protocolViolation, "answered a lock request with something no Redis answers")
                content = ticket.kind == .release ? .notReleased : .vote(.failed)
                return
            }
            content = answer
        }
    }

    private static func content(_ kind: NodeTicket.Kind, _ head: ReplyTape.Token, _ tape: ReplyTape) -> Content? {
        switch (kind, head.kind) {
        case (.acquire, .status): tape.isText(head, "OK") ? .vote(.granted()) : nil
        case (.acquire, .null): .vote(.refused)
        case (.fencedAcquire, .integer): head.value > 0 ? .vote(.granted(fence: UInt64(head.value))) : .vote(.refused)
        case (.raise, .integer), (.extend, .integer): head.value > 0 ? .vote(.granted()) : .vote(.refused)
        case (.release, .integer): .released
        default: nil
        }
    }
}
