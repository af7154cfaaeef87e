package import NIOCore
package import RedlockCore

/// The requests of one tick of a lane, encoded once and written to every node from the same bytes.
///
/// Requests that go to the same nodes share a run; a node is sent the runs it belongs to, in order, with one flush. In
/// the common case everything goes to everyone and the batch is a single run. Each request carries its ticket, so that
/// what a node is expected to answer and what was written to it cannot come apart.
package struct CommandBatch {
    package struct Run {
        package let nodes: NodeSet
        package var bytes: Range<Int>
        /// Whose requests these are, in the order of the bytes.
        package var tickets: Range<Int>
    }

    package private(set) var buffer: ByteBuffer
    package private(set) var runs: [Run] = []
    package private(set) var tickets: [NodeTicket] = []
    /// What stands behind every token.
    private let suffix: [UInt8]

    /// - Parameter holder: the name that is left with every lock; nil for none.
    package init(allocator: ByteBufferAllocator, holder: String? = nil) {
        buffer = allocator.buffer(capacity: 4096)
        suffix = LockValue.suffix(holder)
    }

    package var isEmpty: Bool { runs.isEmpty }

    package mutating func clear() {
        buffer.clear()
        runs.removeAll(keepingCapacity: true)
        tickets.removeAll(keepingCapacity: true)
    }

    /// How a script is named to a node: by its digest, or in full once the node has said that it does not know it.
    package enum ScriptForm: Sendable { case digest, source }

    /// Appends a request of a round.
    /// - Parameter hint: the caller's wall clock in microseconds, for the fencing proposal; no safety rests on it.
    package mutating func append(
        _ request: NodeRequest, key: LockKey, fences: FenceTerms, hint: Int64, as form: ScriptForm = .digest, to nodes: NodeSet,
        _ ticket: NodeTicket
    ) {
        let suffix = suffix
        switch request {
        case .acquire(let token, let ttl, fencing: false):
            // What every Redlock library writes.
            write(to: nodes, ticket, capacity: key.name.utf8.count + suffix.count + 160) { out in
                out.literal("*6\r\n$3\r\nSET\r\n")
                out.bulk(key.name)
                out.bulk(token, suffix)
                out.literal("$2\r\nNX\r\n$2\r\nPX\r\n")
                out.bulk(ttl.wholeMilliseconds)
            }
        case .acquire(let token, let ttl, fencing: true):
            call(LockScripts.acquire, form, key, fenced: true, arguments: 5, to: nodes, ticket) { out in
                out.bulk(token, suffix)
                out.bulk(ttl.wholeMilliseconds)
                out.bulk(hint)
                out.bulk(fences.hintClamp.count / 1_000)
                out.bulk(fences.timeToLive.wholeMilliseconds)
            }
        case .raise(let token, let fence):
            call(LockScripts.raise, form, key, fenced: true, arguments: 3, to: nodes, ticket) { out in
                out.bulk(token, suffix)
                out.bulk(Int64(clamping: fence))
                out.bulk(fences.timeToLive.wholeMilliseconds)
            }
        case .extend(let token, let ttl, let fence):
            call(LockScripts.extend, form, key, fenced: fence > 0, arguments: fence > 0 ? 4 : 2, to: nodes, ticket) { out in
                out.bulk(token, suffix)
                out.bulk(ttl.wholeMilliseconds)
                if fence > 0 {
                    out.bulk(Int64(clamping: fence))
                    out.bulk(fences.timeToLive.wholeMilliseconds)
                }
            }
        }
    }

    /// Appends a compare-and-delete.
    package mutating func append(
        releaseOf token: LockToken, fence: UInt64, key: LockKey, fences: FenceTerms, as form: ScriptForm = .digest, to nodes: NodeSet,
        _ ticket: NodeTicket
    ) {
        let suffix = suffix
        call(LockScripts.release, form, key, fenced: fence > 0, arguments: fence > 0 ? 3 : 1, to: nodes, ticket) { out in
            out.bulk(token, suffix)
            if fence > 0 {
                out.bulk(Int64(clamping: fence))
                out.bulk(fences.timeToLive.wholeMilliseconds)
            }
        }
    }

    /// Appends that somebody waits for a lock, to be believed for so long.
    package mutating func append(
        announcementOf waiter: LockToken, for span: Nanoseconds, key: LockKey, to nodes: NodeSet, _ ticket: NodeTicket
    ) {
        let suffix = suffix
        let source = LockScripts.announceSource
        write(to: nodes, ticket, capacity: source.utf8.count + key.name.utf8.count + suffix.count + 160) { out in
            out.literal("*6\r\n$4\r\nEVAL\r\n")
            out.bulk(source)
            out.bulk(1)
            out.bulk(LockKey.waitingPrefix, key.name)
            out.bulk(waiter, suffix)
            out.bulk(span.wholeMilliseconds)
        }
    }

    /// Appends that he does not wait any more.
    package mutating func append(withdrawalOf waiter: LockToken, key: LockKey, to nodes: NodeSet, _ ticket: NodeTicket) {
        let suffix = suffix
        write(to: nodes, ticket, capacity: key.name.utf8.count + suffix.count + 160) { out in
            out.literal("*3\r\n$4\r\nZREM\r\n")
            out.bulk(LockKey.waitingPrefix, key.name)
            out.bulk(waiter, suffix)
        }
    }

    private mutating func call(
        _ script: LockScript, _ form: ScriptForm, _ key: LockKey, fenced: Bool, arguments: Int, to nodes: NodeSet, _ ticket: NodeTicket,
        _ writeArguments: (inout RESPWriter) -> Void
    ) {
        let keys = fenced ? 2 : 1
        let body = form == .source ? script.source : script.digest
        write(to: nodes, ticket, capacity: body.utf8.count + keys * (key.name.utf8.count + 40) + suffix.count + arguments * 40 + 80) {
            out in
            out.array(3 + keys + arguments)
            out.literal(form == .source ? "$4\r\nEVAL\r\n" : "$7\r\nEVALSHA\r\n")
            out.bulk(body)
            out.bulk(Int64(keys))
            out.bulk(key.name)
            if fenced { out.bulk(LockKey.fencePrefix, key.name) }
            writeArguments(&out)
        }
    }

    private mutating func write(to nodes: NodeSet, _ ticket: NodeTicket, capacity: Int, _ body: (inout RESPWriter) -> Void) {
        let (start, first) = (buffer.writerIndex, tickets.count)
        buffer.writeRESP(capacity: capacity, body)
        tickets.append(ticket)
        if let last = runs.indices.last, runs[last].nodes == nodes {
            runs[last].bytes = runs[last].bytes.lowerBound..<buffer.writerIndex
            runs[last].tickets = runs[last].tickets.lowerBound..<tickets.count
        } else {
            runs.append(Run(nodes: nodes, bytes: start..<buffer.writerIndex, tickets: first..<tickets.count))
        }
    }
}
