package import RedlockCore

/// The limits under which a node is talked to.
package struct NodeClientOptions: Sendable {
    /// How long a connection may take to be made, TLS and handshake included.
    package var connectTimeout: Nanoseconds = .seconds(1)
    /// A connection that owes answers and has brought none for this long is dropped, and made anew.
    package var stallTimeout: Nanoseconds = .seconds(5)
    /// How many requests may wait for an answer. Beyond it the node is treated as down for new requests, so that a
    /// stopped node costs a bounded amount of memory: twice this many commands (a release for each) of about 150 bytes
    /// and the key's length, 1.2 MiB by default.
    package var inFlightLimit = 4096
    package var reconnect = RetrySchedule(base: .milliseconds(20), cap: .seconds(1))
    /// What the connection is called in the server's CLIENT LIST.
    package var clientName = "redlock"
    /// Q: how long a server must have been up for its votes to count; nil counts every vote (PROTOCOL section 5).
    package var quarantine: Nanoseconds?
    package var drift = DriftBound()
    /// What a connection begins with.
    package var greeting = Greeting.full

    package init() {}

    /// What is said on a connection before anything else.
    package enum Greeting: Sendable {
        /// Everything that locks need.
        case full
        /// Password, database and name only: for a look at a server that may be unfit as a node. It is asked for no locks.
        case bare
    }
}

/// Whoever the answers of a node are for. Called on the node's event loop, with a batch at a time.
///
/// Requests that are announced by `expect` from within these calls must be written before the call returns: afterwards
/// the connection may be another, and replies would be matched to the wrong requests.
package protocol NodeOwner: AnyObject {
    func node(_ id: NodeID, answered answers: [NodeAnswer])
    /// The node takes requests from now on, or not any more; `NodeClient.fault` says why.
    func nodeChanged(_ id: NodeID, isUp: Bool)
    /// The node's wall clock was set, forward if positive.
    func node(_ id: NodeID, clockWasSetBy step: Nanoseconds)
}

extension NodeOwner {
    package func node(_ id: NodeID, clockWasSetBy step: Nanoseconds) {}
}
