import RedlockCore

/// Requests of a machine as messages, and messages as commands to a node.
extension ExplorerState.Message {
    init(_ request: NodeRequest, client: Int, node: NodeID, round: RoundID) {
        switch request {
        case .acquire(let token, _, _):
            self.init(kind: .acquire, client: UInt8(client), node: UInt8(node.index), round: round.number, token: token.low, fence: 0)
        case .raise(let token, let fence):
            self.init(kind: .raise, client: UInt8(client), node: UInt8(node.index), round: round.number, token: token.low, fence: fence)
        case .extend(let token, _, let fence):
            self.init(kind: .extend, client: UInt8(client), node: UInt8(node.index), round: round.number, token: token.low, fence: fence)
        }
    }

    func command(_ scope: ExplorerScope) -> NodeCommand {
        let token = LockToken(high: 0, low: token)
        let fenceTTL: Int64 = 1_000_000_000
        switch kind {
        case .acquire where scope.fencing:
            // No hint: each node proposes by its own clock.
            return .acquire(Explorer.key, token: token, ttl: Int64(scope.ttl) * 1_000, hint: 0, clamp: 0, fenceTTL: fenceTTL)
        case .acquire: return .setIfAbsent(Explorer.key, token: token, ttl: Int64(scope.ttl) * 1_000)
        case .raise: return .raise(Explorer.key, token: token, fence: fence, fenceTTL: fenceTTL)
        case .extend: return .extend(Explorer.key, token: token, ttl: Int64(scope.extensionTTL) * 1_000, fence: fence, fenceTTL: fenceTTL)
        default: return .release(Explorer.key, token: token, fence: fence, fenceTTL: fenceTTL)
        }
    }

    /// Whether it was sent to the same node by the same client before. Tokens fall from attempt to attempt.
    func isAhead(of other: Self) -> Bool {
        guard !isAnswer, client == other.client, node == other.node else { return false }
        return token > other.token || token == other.token && kind.rawValue < other.kind.rawValue
    }

    var text: String { "\(kind) of client \(client)\(isAnswer ? " by node \(node)" : "") #\(token)\(fence > 0 ? " \(fence)" : "")" }
}
