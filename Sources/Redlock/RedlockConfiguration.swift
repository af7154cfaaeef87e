import RedlockCore
import RedlockNode

/// How a ``Redlock`` client reaches its nodes and how careful it is. Everything but the nodes has a default.
///
/// All clients of one deployment must use the same ``maxTTL``, ``driftFactor`` and ``keyPrefix`` (PROTOCOL section 1, A3).
public struct RedlockConfiguration: Sendable {
    /// The nodes: independent Redis or Valkey masters, none a replica of another. 3, 5 or 7 are usual; at most 32.
    ///
    /// `redis://[user:password@]host[:port][/db]`, `rediss://…` for TLS (`?ca=FILE`, `?cert=FILE&key=FILE`,
    /// `?servername=NAME`), `redis+unix:///path[?db=N]`.
    public var nodes: [String]

    /// Put before every resource name to make the key. Empty by default, so that the key is the resource's name, as in
    /// most Redlock libraries; `redlock:` is what RedLock.net and pottery write.
    public var keyPrefix: String = ""

    /// By how much the rate of two clocks may differ while a lease lives, as a fraction of its ttl. 1 % by default, plus
    /// a fixed 2 ms. Between 0 and 0.5.
    public var driftFactor: Double = 0.01

    /// The longest ttl that may be asked for. 60 s by default, at most a day.
    ///
    /// It is also how long a restarted node must wait before its votes count, so keep it small and extend instead.
    public var maxTTL: Duration = .seconds(60)

    /// Whether a node that was started less than ``maxTTL`` ago is asked but not counted, with 3 nodes or more.
    ///
    /// A node without fsync on every write forgets its locks when it restarts; counted at once, it can give a lock away
    /// that is still held (PROTOCOL section 5). Turn it off only if no node can lose its memory (appendfsync always), or
    /// for fresh test clusters. Off, mutual exclusion is not guaranteed across a restart of a node.
    public var quarantinesRestartedNodes: Bool = true

    /// How long a caller of `acquire` or `withLock` waits for a lock that is taken, unless it says otherwise. 10 s.
    public var waiting: Duration = .seconds(10)

    /// The longest one round of questions may take; half of the ttl if that is shorter. 500 ms by default.
    ///
    /// A round ends as soon as a quorum has answered, so this matters only when a majority is slow.
    public var attemptTimeout: Duration = .milliseconds(500)

    /// When to try again while waiting.
    public var retry = Retry()

    /// The connections to the nodes.
    public var connection = Connection()

    /// Whether grants carry a fencing token, unless a request says otherwise. On by default; it costs a script on the
    /// node instead of a plain SET. See ``Lease/fencingToken``.
    public var fencing: Bool = true

    /// Who holds the locks of this client, for people who look at the nodes: left beside the token of every lock. Nil, the
    /// default, leaves nothing, and is what other libraries do. See ``HolderName``.
    public var holderName: HolderName?

    /// How many event loops share the resources. One serves hundreds of thousands of cycles a second. 1 by default, at
    /// most 64; each has a connection of its own to every node.
    public var lanes: Int = 1

    /// A configuration with defaults for everything but the nodes.
    public init(nodes: [String]) {
        self.nodes = nodes
    }

    /// When failed attempts are repeated: after a random wait between zero and a bound that doubles (full jitter).
    public struct Retry: Sendable {
        /// The bound after the first failure. 1 ms by default.
        public var base: Duration = .milliseconds(1)
        /// The largest bound. 200 ms by default.
        public var cap: Duration = .milliseconds(200)

        /// The defaults.
        public init() {}
    }

    /// One connection per node and lane.
    public struct Connection: Sendable {
        /// How long making a connection may take, TLS and greeting included. 1 s by default.
        public var timeout: Duration = .seconds(1)
        /// After how long without an answer a connection is dropped and made anew. 5 s by default.
        public var stallTimeout: Duration = .seconds(5)
        /// How many requests may wait for one node. A stopped node thereby costs at most 1.2 MiB and the keys' lengths.
        /// 4096 by default.
        public var inFlightLimit: Int = 4096
        /// The name in the server's CLIENT LIST. `redlock` by default; no spaces.
        public var clientName: String = "redlock"

        /// The defaults.
        public init() {}
    }
}
