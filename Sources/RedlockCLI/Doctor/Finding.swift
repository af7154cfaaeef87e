/// What a check found out, in words for an operator.
struct Finding: Sendable, Hashable {
    /// Which check it was.
    let check: Check
    /// How bad it is.
    let level: Level
    /// The nodes it is about, by their positions; none when it is about all of them together.
    var nodes: [Int]
    /// What there is.
    let detail: String
    /// What mends it, commands and lines of a configuration between backticks; nil when there is nothing to mend.
    let remedy: String?

    /// How bad something is.
    enum Level: String, Sendable, Comparable, CaseIterable {
        /// As it should be.
        case ok
        /// Works, and may break a promise or an operator's sleep later.
        case warning
        /// Locks cannot be taken, or are not safe.
        case error

        static func < (a: Level, b: Level) -> Bool {
            allCases.firstIndex(of: a) ?? 0 < allCases.firstIndex(of: b) ?? 0
        }
    }

    /// What is checked, in the order in which it is shown. The raw value is its name in JSON.
    enum Check: String, Sendable, CaseIterable {
        case nodes, reachable, quorum, distinct, role, mode, version, roundTrip = "round_trip", budget, memory, persistence, uptime
        case clock, rights, writes, tls, leftovers

        /// Why it matters, in a sentence.
        var why: String {
            switch self {
            case .nodes: "A quorum survives the loss of nodes only with three or more, and an even one more adds nothing but a failure."
            case .reachable: "A node that cannot be reached has no vote, and the quorum is still counted from all of them."
            case .quorum: "A lock needs the votes of more than half of all nodes."
            case .distinct: "A second name of a server gets no vote, so that a node is missing where one seems to be."
            case .role: "A replica repeats or loses its master's votes, and a promoted one has forgotten the newest locks."
            case .mode: "Redlock counts votes of independent servers; Cluster and Sentinel move keys and masters between them."
            case .version: "The lock's scripts read the clock and then write, which servers before Redis 5 refuse."
            case .roundTrip: "A lock costs one round trip to the slowest node of the fastest quorum."
            case .budget: "What acquiring takes is subtracted from the lease, and a round that exceeds its deadline fails."
            case .memory: "A server that evicts gives a held lock away, and one that is full grants none."
            case .persistence: "A node that votes after a restart without having kept its locks can help a second holder to a held lock."
            case .uptime: "A node that restarted may have forgotten locks and does not vote until they are all over."
            case .clock: "Keys expire by the server's clock: setting it forward ends locks early."
            case .rights: "A user that lacks a command or a key pattern makes its node vote for nothing."
            case .writes: "A lock is a write: a server that refuses writes cannot vote."
            case .tls: "When the certificate ends, every client loses the node at its next connection, all at the same time."
            case .leftovers: "A key without a ttl under a lock's name blocks that lock for ever."
            }
        }
    }
}
