package import NIOCore
import NIOPosix
import NIOSSL
package import RedlockCore

/// One Redis node: a connection that is made, kept and made again, and the requests on their way over it.
///
/// Requests are answered in the order in which they were written, on the connection they were written to; none is ever
/// sent again by this type (counterexample C8). All state belongs to the event loop: what is not `async` or marked
/// otherwise must be called there.
package final class NodeClient: @unchecked Sendable {
    package let id: NodeID
    package let endpoint: NodeEndpoint
    package let options: NodeClientOptions
    package let eventLoop: any EventLoop
    package weak var owner: (any NodeOwner)?

    /// Why the node cannot be used, or what it last complained of. Cleared by a connection.
    package internal(set) var fault: NodeFault? = NodeFault(.notConnected, "is not connected yet")
    /// The server process at the other end, or the last one there was.
    package private(set) var identity: ServerIdentity?
    /// Why the owner does not want this server as a node; such a node is not asked. Decided anew with each connection,
    /// from within `nodeChanged`.
    package var refusal: NodeFault?
    /// From when on its votes count.
    @exclusivity(unchecked) private(set) var trustedFrom: Instant?

    @exclusivity(unchecked) private var machine: NodeConnectionMachine
    private let tlsContext: NIOSSLContext?
    @exclusivity(unchecked) private var connection: NodeChannelHandler?
    private var retry: Scheduled<Void>?
    private var clockWatch: ClockWatch
    let plainCommands = PlainCommands()

    /// - Throws: if a certificate file of the endpoint cannot be used.
    package init(
        _ endpoint: NodeEndpoint, id: NodeID = NodeID(0), options: NodeClientOptions = NodeClientOptions(), on eventLoop: any EventLoop
    ) throws(NodeFault) {
        self.id = id
        self.endpoint = endpoint
        self.options = options
        self.eventLoop = eventLoop
        self.clockWatch = ClockWatch(drift: options.drift)
        self.machine = NodeConnectionMachine(schedule: options.reconnect, seed: .random(in: .min ... .max))
        self.tlsContext = try endpoint.tls.map { options throws(NodeFault) in try NodeTLS.context(options) } ?? nil
    }

    package var isUp: Bool { machine.state == .up }

    /// Begins to connect, and to connect again whenever the connection is lost. May be called from anywhere.
    package func start() {
        eventLoop.execute { self.handle(.started) }
    }

    /// Closes the connection for good; what is under way ends as unknown. May be called from anywhere, more than once.
    package func close() {
        eventLoop.execute {
            self.fault = NodeFault(.closed, "was closed by this program")
            self.handle(.closed)
        }
    }

    // MARK: Requests

    /// How many new requests may be written; with 0, `fault` says why. Releases are always taken while the node is up:
    /// each undoes a request that was taken, so they are bounded too.
    package var room: Int {
        guard let connection, isUp else { return 0 }
        if let refusal {
            fault = refusal
            return 0
        }
        let room = options.inFlightLimit - connection.inFlight
        if room <= 0 {
            fault = NodeFault(.overloaded, "has \(options.inFlightLimit) requests unanswered and gets no more until it answers")
        }
        return max(room, 0)
    }

    /// Writes this node's share of a batch, with one flush.
    package func write(_ batch: borrowing CommandBatch) {
        connection?.write(batch, for: id)
    }

    /// Drops a connection that owes answers and brings none. Called by the owner now and then.
    package func dropIfStalled(at now: Instant) {
        guard let connection, isUp, connection.inFlight > 0, now - connection.lastProgress > options.stallTimeout else { return }
        connection.end(NodeFault(.stalled, "has not answered for \(options.stallTimeout); the connection is made anew"))
    }

    /// Asks the server for its time; the owner is told if its clock was set since the last time.
    package func probeClock(at now: Instant) {
        guard let connection, isUp else { return }
        connection.write([[Array("TIME".utf8)]], as: .clock(now))
    }

    func readClock(_ reply: RESPValue, askedAt: Instant, answeredAt: Instant) {
        guard case .array(let parts) = reply, parts.count == 2,
            let seconds = parts[0].text.flatMap({ Int64($0) }), let microseconds = parts[1].text.flatMap({ Int64($0) })
        else { return }
        let time = Nanoseconds.seconds(seconds) + Nanoseconds(1_000) * microseconds
        guard let step = clockWatch.observe(time, askedAt: askedAt, answeredAt: answeredAt) else { return }
        owner?.node(id, clockWasSetBy: step)
    }

    /// Whether this node's grants count as of `now`; if not, says why in `fault`.
    func mayCount(at now: Instant) -> Bool {
        guard let trustedFrom, now < trustedFrom else { return true }
        let left = (trustedFrom - now).count / 1_000_000_000 + 1
        fault = NodeFault(
            .quarantined, "is quarantined, \(left) s left: it was started a short time ago and may have forgotten locks that are still held"
        )
        return false
    }

    /// For plain commands, on the loop.
    func send(_ batch: [[[UInt8]]], plain number: UInt32) -> Bool {
        guard let connection, isUp else { return false }
        connection.write(batch, as: .plain(number))
        return true
    }

    var serverCertificateEnd: Int64? { connection?.serverCertificateEnd }

    // MARK: Connection

    private func handle(_ event: NodeConnectionMachine.Event) {
        for effect in machine.handle(event) {
            switch effect {
            case .connect: connect()
            case .retry(let delay): scheduleRetry(after: delay)
            case .announceUp:
                fault = nil
                owner?.nodeChanged(id, isUp: true)
                plainCommands.connected()
            case .announceDown:
                owner?.nodeChanged(id, isUp: false)
                plainCommands.disconnected(fault)
            case .closeConnection:
                connection?.end(fault ?? NodeFault(.closed, "was closed by this program"))
                // One that is still being made has no channel to close yet; it will find that nobody wants it.
                if connection?.isActive == false { connection = nil }
            }
        }
        if machine.state == .closed {
            retry?.cancel()
            plainCommands.disconnected(fault)
        }
    }

    private func scheduleRetry(after delay: Nanoseconds) {
        retry = eventLoop.scheduleTask(in: .nanoseconds(delay.count)) { self.handle(.retryDue) }
    }

    private func connect() {
        let handler: NodeChannelHandler
        do {
            handler = try NodeChannelHandler(client: self)
        } catch {
            return ended(nil, because: error)
        }
        connection = handler
        let deadline = eventLoop.assumeIsolated().scheduleTask(in: .nanoseconds(options.connectTimeout.count)) {
            guard !self.isUp, self.connection === handler else { return }
            let limit = self.options.connectTimeout
            handler.end(NodeFault(.notConnected, "did not finish connecting within \(limit)\(handler.missing)"))
            // A connection that is still being made has no channel to close yet.
            if !handler.isActive { self.ended(handler, because: handler.fault) }
        }
        let setUp = NIOLoopBound((handler, tlsContext, endpoint), eventLoop: eventLoop)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(.nanoseconds(options.connectTimeout.count))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let (handler, tlsContext, endpoint) = setUp.value
                    if let tlsContext {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tlsContext, serverHostname: endpoint.tlsServerName))
                    }
                    try channel.pipeline.syncOperations.addHandler(handler)
                }
            }
        let future =
            switch endpoint.address {
            case .host(let host, let port): bootstrap.connect(host: host, port: port)
            case .unixSocket(let path): bootstrap.connect(unixDomainSocketPath: path)
            }
        future.assumeIsolated().whenComplete { result in
            switch result {
            case .success(let channel):
                // Given up in the meantime.
                if self.connection !== handler { channel.close(promise: nil) }
            case .failure(let error):
                deadline.cancel()
                self.ended(handler, because: handler.fault ?? NodeFault(connecting: error))
            }
        }
    }

    /// The handshake is done. Without knowing the server it was a bare one, and no lock may be asked for.
    func established(_ handler: NodeChannelHandler, as server: ServerIdentity?) {
        guard connection === handler else { return }
        identity = server
        refusal = server == nil ? NodeFault(.unfit, "was not greeted as a node and is asked for no locks") : nil
        trustedFrom = options.quarantine.flatMap { quarantine in server?.trusted(after: quarantine, drift: options.drift) }
        handle(.established)
    }

    /// The connection is gone. What it owed has been delivered by the handler before.
    func ended(_ handler: NodeChannelHandler?, because reason: NodeFault?) {
        guard connection === handler else { return }
        connection = nil
        trustedFrom = nil
        if machine.state != .closed { fault = reason ?? NodeFault(.notConnected, "closed the connection") }
        handle(.ended)
    }
}
