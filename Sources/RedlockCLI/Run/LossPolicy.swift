import ArgumentParser

/// What becomes of the command when the lock is lost while it runs.
enum LossPolicy: String, Sendable, Hashable, CaseIterable, ExpressibleByArgument {
    /// SIGTERM, and SIGKILL after the grace: the command can tidy up.
    case term
    /// SIGKILL at once.
    case kill
    /// Nothing: the loss is said, and the command may run beside another holder.
    case ignore
}
