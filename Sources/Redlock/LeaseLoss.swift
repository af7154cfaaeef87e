/// Why a holder must stop.
public struct LeaseLoss: Sendable, Hashable, CustomStringConvertible {
    private enum Value: String {
        case refused = "the nodes refused to extend the lease: too many hold another value or none"
        case unreachable = "too few nodes answered in time to extend the lease"
        case maximumHold = "the lease reached its maximum hold time"
        case notExtended = "nobody extended the lease"
        case shutDown = "the client was shut down"
    }
    private let value: Value

    /// Too many nodes hold another value, or none.
    public static let refused = LeaseLoss(value: .refused)
    /// Too few nodes answered in time.
    public static let unreachable = LeaseLoss(value: .unreachable)
    /// ``LeaseOptions/maximumHold`` is over.
    public static let maximumHold = LeaseLoss(value: .maximumHold)
    /// The lease does not extend itself and was not extended by its holder.
    public static let notExtended = LeaseLoss(value: .notExtended)
    /// The client was shut down, so nothing extends the lease any more.
    public static let shutDown = LeaseLoss(value: .shutDown)

    /// The reason in words.
    public var description: String { value.rawValue }
}
