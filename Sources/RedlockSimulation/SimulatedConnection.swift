import RedlockCore

/// One TCP connection of one process to one node: in order both ways, until it breaks.
///
/// When it breaks, the process knows nothing of what was on its way: the node may have read any beginning of it, and may
/// still read it later than what comes over the next connection (PROTOCOL section 6, the overtaken release).
///
/// A class, as processes and servers are, so that looking at one number of it copies nothing.
final class SimulatedConnection {
    /// A request on its way, and what the process waits for because of it.
    struct Request {
        var command: NodeCommand
        /// Its script is named by the digest alone, and the node may not know it.
        var byDigest: Bool
    }

    /// What a request was, for whom (as RedlockNode's NodeTicket).
    struct Ticket {
        enum Kind: UInt8 { case handshake, acquire, fencedAcquire, raise, extend, release }

        var kind: Kind
        var slot: Int = 0
        var round: UInt32 = 0
    }

    enum Answer {
        case reply(NodeReply)
        /// The node's end of the connection is gone.
        case closed
    }

    let process: Int
    let node: Int
    let openedAt: Int64

    /// The process' end.
    var isOpen = true
    var isEstablished = false
    /// A look at whether anything comes back is planned.
    var isWatched = false
    /// Tickets of requests not yet answered; the answers come in this order.
    var tickets = FIFO<Ticket>()
    var lastProgress: Int64
    /// The identity of the server's run that accepted it, once it has.
    var run: Int?
    /// From when on the votes of this connection count, on the process' clock.
    var trustedFrom: Instant?

    var requests = FIFO<Request>()
    var answers = FIFO<Answer>()
    var lastArrivalAtNode: Int64 = 0
    var lastArrivalAtProcess: Int64 = 0
    /// Arrivals that a partition holds up.
    var heldToNode = 0
    var heldToProcess = 0
    /// How many more requests still reach the node; nil while the connection is whole.
    var deliverable: Int?

    init(process: Int, node: Int, openedAt: Int64) {
        self.process = process
        self.node = node
        self.openedAt = openedAt
        self.lastProgress = openedAt
    }
}

/// A queue that is cheap at both ends.
struct FIFO<Element> {
    private var elements: [Element] = []
    private var head = 0

    var count: Int { elements.count - head }
    var isEmpty: Bool { count == 0 }

    mutating func append(_ element: Element) { elements.append(element) }

    mutating func popFirst() -> Element? {
        guard head < elements.count else { return nil }
        defer {
            head += 1
            if head == elements.count {
                elements.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        return elements[head]
    }

    mutating func removeAll() {
        elements.removeAll()
        head = 0
    }
}
