/// One node's answer in a round.
package enum Vote: Hashable, Sendable {
    /// The node did as asked and the answer counts. `fence` is the fencing counter it proposed, 0 without fencing.
    case granted(fence: UInt64 = 0)
    /// The node definitely holds another value under the key, and so holds nothing of ours.
    case refused
    /// The node answered that it could not serve the request, or its grant must not be counted (quarantine).
    /// It may hold our key all the same.
    case failed
    /// No answer is known: deadline passed or the connection broke. The request may have been executed, or may be yet.
    case unknown
}
