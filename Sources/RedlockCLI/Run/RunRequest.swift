import Redlock

/// What `redlock run` was asked for, checked.
struct RunRequest: Sendable {
    /// The lock.
    let resource: String
    /// The file of the command.
    let program: String
    /// Its arguments, its name first, byte for byte.
    let arguments: [[UInt8]]
    /// The nodes and how to use them.
    let configuration: RedlockConfiguration
    /// How the time is divided.
    let timing: RunTiming
    /// What is done when the lock is lost.
    let onLost: LossPolicy
    /// How long to wait for the lock; nil means one attempt.
    let wait: Duration?
    /// Whether the command gets a fencing token.
    let fencing: Bool

    /// How the lease is kept: it extends itself, and is given up early enough to end the command in time.
    var leaseOptions: LeaseOptions {
        LeaseOptions(extendsItself: true, safetyMargin: timing.safetyMargin, fencing: fencing)
    }

    /// What the command's environment has more than ours. A token of an outer `redlock run` is not this lock's.
    func variables(fencingToken: UInt64) -> [String: String?] {
        ["REDLOCK_RESOURCE": resource, "REDLOCK_FENCING_TOKEN": fencing ? "\(fencingToken)" : nil]
    }
}
