import NIOCore
import NIOSSL
import NIOTLS
import RedlockCore

/// One connection to a node: its handshake, the requests that wait for an answer, and the bytes both ways.
final class NodeChannelHandler: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Something that waits for a reply.
    enum Pending {
        case lock(NodeTicket)
        case plain(UInt32)
        /// TIME, asked for at this instant.
        case clock(Instant)
        case handshake
    }

    private let client: NodeClient
    private let decoder: RESPDecoder
    private var handshake: Handshake?
    /// What has been written, in the order of the bytes. A reply belongs to the first of these.
    // Confined to the event loop, like everything here; accesses to what each reply touches are not checked a second time.
    @exclusivity(unchecked) private var pending = CircularBuffer<Pending>(initialCapacity: 64)
    @exclusivity(unchecked) private var answers: [NodeAnswer] = []
    private var context: ChannelHandlerContext?
    private var hasEnded = false

    private(set) var fault: NodeFault?
    /// When bytes last came in, or when the oldest request still unanswered was written.
    @exclusivity(unchecked) private(set) var lastProgress = BootClock.now()
    /// There is a connection, though perhaps no handshake yet.
    private(set) var isActive = false

    /// How far the connection has come.
    private enum Stage {
        /// TCP, and TLS if there is any.
        case opening
        /// The commands of the handshake are written.
        case greeting
        case ready
    }

    private var stage = Stage.opening

    init(client: NodeClient) throws(NodeFault) {
        guard let decoder = RESPDecoder() else { throw NodeFault(.notConnected, "cannot be connected to: out of memory") }
        self.client = client
        self.decoder = decoder
    }

    var inFlight: Int { pending.count }

    private func expect(_ request: Pending) {
        if pending.isEmpty { lastProgress = BootClock.now() }
        pending.append(request)
    }

    /// Writes this node's runs of a batch. On a connection that is going down they end as lost with the rest of it.
    func write(_ batch: borrowing CommandBatch, for node: NodeID) {
        var wrote = false
        for run in batch.runs where run.nodes.contains(node) {
            if pending.isEmpty { lastProgress = BootClock.now() }
            for index in run.tickets { pending.append(.lock(batch.tickets[index])) }
            guard let context, let bytes = batch.buffer.getSlice(at: run.bytes.lowerBound, length: run.bytes.count) else { continue }
            context.write(wrapOutboundOut(bytes), promise: nil)
            wrote = true
        }
        if wrote { context?.flush() }
    }

    /// Writes commands at once; each of their replies is for `request`.
    func write(_ batch: [[[UInt8]]], as request: Pending) {
        guard let context else { return }
        var buffer = context.channel.allocator.buffer(capacity: 256)
        for arguments in batch {
            expect(request)
            buffer.writeCommand(arguments)
        }
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    /// Closes the connection; `fault` is what will be said about it, unless something was said before.
    func end(_ fault: NodeFault) {
        if self.fault == nil { self.fault = fault }
        context?.close(promise: nil)
    }

    // MARK: Events of the channel

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) {
        isActive = true
        // With TLS the first byte may only follow its handshake.
        if client.endpoint.tls == nil { beginHandshake(context) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .handshakeCompleted? = event as? TLSUserEvent { beginHandshake(context) }
        context.fireUserInboundEventTriggered(event)
    }

    private func beginHandshake(_ context: ChannelHandlerContext) {
        let handshake = Handshake(endpoint: client.endpoint, clientName: client.options.clientName, greeting: client.options.greeting)
        var buffer = context.channel.allocator.buffer(capacity: 4096)
        for command in handshake.commands {
            buffer.writeCommand(command)
            expect(.handshake)
        }
        self.handshake = handshake
        stage = .greeting
        context.writeAndFlush(wrapOutboundOut(buffer), promise: nil)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard fault == nil else { return }
        let now = BootClock.now()
        lastProgress = now
        do {
            try decoder.feed(unwrapInboundIn(data))
            while try decoder.next() { try receive(at: now) }
        } catch {
            end(error)
        }
        deliver()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // That the other side has hung up is said in `finish`, which knows how far the connection had come.
        if NodeFault.isHangUp(error) { context.close(promise: nil) } else { end(NodeFault(connecting: error)) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        // Deferred: this may be called from within a write that the owner is making just now.
        let end = NIOLoopBound(self, eventLoop: context.eventLoop)
        context.eventLoop.execute { end.value.finish() }
    }

    private func finish() {
        guard !hasEnded else { return }
        hasEnded = true
        for request in pending {
            switch request {
            case .lock(let ticket): answers.append(.lost(ticket))
            case .plain(let command):
                client.plainCommands.fail(command, fault ?? NodeFault(.notConnected, "closed the connection before it answered"))
            case .clock, .handshake: break
            }
        }
        pending.removeAll()
        // The node is down before its losses are told, so that nobody answers them with a request on this connection.
        client.ended(self, because: fault ?? hangUp)
        deliver()
    }

    /// What it means that the other side has closed the connection without a word.
    private var hangUp: NodeFault {
        switch (stage, client.endpoint.tls, client.endpoint.address) {
        case (.opening, _?, _): NodeFault(.tls, "closed the connection during the TLS handshake: \(NodeFault.mayNotSpeakTLS)")
        case (.greeting, nil, .host):
            NodeFault(.notConnected, "closed the connection while it was being set up; if it wants TLS on this port, write rediss://")
        case (.greeting, _, _): NodeFault(.notConnected, "closed the connection while it was being set up")
        case (.opening, nil, _), (.ready, _, _): NodeFault(.notConnected, "closed the connection")
        }
    }

    /// When the server's certificate ends, in seconds since 1970.
    var serverCertificateEnd: Int64? {
        let handler = try? context?.pipeline.syncOperations.handler(type: NIOSSLClientHandler.self)
        return handler?.peerCertificate.map { Int64($0.notValidAfter) }
    }

    /// What the other side has not done yet while the connection is being made.
    var missing: String {
        switch (isActive, stage, client.endpoint.tls) {
        case (false, _, _): ""
        case (true, .opening, _?): "; it accepts connections and does not finish the TLS handshake: \(NodeFault.mayNotSpeakTLS)"
        case (true, _, _): "; it accepts connections and does not answer"
        }
    }

    // MARK: Replies

    private func receive(at now: Instant) throws(NodeFault) {
        guard let request = pending.popFirst() else {
            throw NodeFault(.protocolViolation, "sent a reply to nothing")
        }
        switch request {
        case .lock(let ticket):
            var fault: NodeFault?
            var answer = NodeAnswer(ticket, reply: decoder.tape, fault: &fault)
            if let fault { client.fault = fault }
            if case .vote(.granted) = answer.content, !client.mayCount(at: now) {
                answer = NodeAnswer(ticket: ticket, content: .vote(.failed))
            }
            answers.append(answer)
        case .plain(let command):
            client.plainCommands.receive(command, decoder.tape.value())
        case .clock(let askedAt):
            client.readClock(decoder.tape.value(), askedAt: askedAt, answeredAt: now)
        case .handshake:
            let server = try handshake?.receive(decoder.tape.value(), at: now)
            guard handshake?.isComplete == true else { return }
            handshake = nil
            stage = .ready
            client.established(self, as: server)
        }
    }

    private func deliver() {
        guard !answers.isEmpty else { return }
        client.owner?.node(client.id, answered: answers)
        answers.removeAll(keepingCapacity: true)
    }
}
