import RedlockCore

/// A request on its way to a node, or its answer on its way back.
struct ExplorerMessage: Hashable {
    enum Kind: UInt8 { case acquire, raise, extend, release, granted, refused, failed }

    var kind: Kind
    var client = 0
    var node: Int
    var round: UInt32 = 0
    /// Which attempt of its client it belongs to; they count down.
    var attempt: UInt64
    /// Of an acquire the hint instead.
    var fence: UInt64 = 0

    var isAnswer: Bool { kind.rawValue >= Kind.granted.rawValue }

    /// The token as the nodes see it.
    var token: LockToken { LockToken(high: 0, low: UInt64(10 * (client + 1)) + attempt) }

    /// Whether it was sent to the same node by the same client before.
    func isAhead(of other: Self) -> Bool {
        guard !isAnswer, !other.isAnswer, client == other.client, node == other.node else { return false }
        return attempt > other.attempt || attempt == other.attempt && kind.rawValue < other.kind.rawValue
    }

    func command(_ scope: ExplorerScope) -> NodeCommand {
        let fenceTTL: Int64 = 1_000_000_000
        switch kind {
        case .acquire where scope.fencing:
            // Without hints each node proposes by its own clock.
            let clamp = Int64(scope.hintClamp) * 1_000_000
            return .acquire(
                Explorer.key, token: token, ttl: Int64(scope.ttl) * 1_000, hint: Int64(fence), clamp: clamp, fenceTTL: fenceTTL)
        case .acquire: return .setIfAbsent(Explorer.key, token: token, ttl: Int64(scope.ttl) * 1_000)
        case .raise: return .raise(Explorer.key, token: token, fence: fence, fenceTTL: fenceTTL)
        case .extend: return .extend(Explorer.key, token: token, ttl: Int64(scope.extensionTTL) * 1_000, fence: fence, fenceTTL: fenceTTL)
        default: return .release(Explorer.key, token: token, fence: fence, fenceTTL: fenceTTL)
        }
    }

    var text: String {
        "\(kind) of client \(client), attempt \(attempt)\(isAnswer ? ", by node \(node)" : "")\(fence > 0 ? ", \(fence)" : "")"
    }
}
