import Logging

/// Every metadata key this library logs with.
enum LogKeys {
    static let resource = "redlock.resource"
    static let node = "redlock.node"
    static let reason = "redlock.reason"
}
