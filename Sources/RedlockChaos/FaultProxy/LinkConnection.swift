import Foundation
import NIOCore

/// One connection of a client to a node through the proxy: two channels and the two streams between them.
///
/// It lasts until both ends are gone: what a client sent before it went away may be kept back for long, and is delivered when
/// the link heals. Belongs to the proxy's event loop.
final class LinkConnection {
    let requests: LinkStream
    let replies: LinkStream
    private let client: any Channel
    private var node: (any Channel)?
    private var ends = 2
    private let over: () -> Void

    /// - Parameter over: called when both ends are gone.
    init(_ client: any Channel, condition: @escaping () -> LinkCondition, over: @escaping () -> Void) {
        self.client = client
        self.over = over
        requests = LinkStream(on: client.eventLoop, condition: condition) { condition().holdsRequests }
        replies = LinkStream(on: client.eventLoop, condition: condition) { condition().holdsReplies }
        replies.connect(to: client)
    }

    func connected(to node: any Channel) {
        self.node = node
        requests.connect(to: node)
    }

    /// The node refuses the connection.
    func refused() {
        reset()
        endIsGone()
    }

    /// One of the two.
    func endIsGone() {
        ends -= 1
        if ends == 0 { over() }
    }

    func pump() {
        requests.pump()
        replies.pump()
    }

    /// Both sides get a reset instead of an orderly end.
    func reset() {
        for channel in [client, node].compactMap(\.self) {
            (channel as? any SocketOptionProvider)?.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in
                channel.close(promise: nil)
            }
        }
    }
}

/// Hands what one side sends to a stream.
final class LinkEnd: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let stream: LinkStream
    private let connection: LinkConnection

    init(of connection: LinkConnection, into stream: LinkStream) {
        self.connection = connection
        self.stream = stream
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { stream.receive(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        stream.end()
        connection.endIsGone()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
