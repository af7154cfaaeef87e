import Foundation
import NIOCore

/// One connection of a client to a node through the proxy: two channels and the two streams between them.
///
/// Belongs to the proxy's event loop.
final class LinkConnection {
    let requests: LinkStream
    let replies: LinkStream
    private let client: any Channel
    private var node: (any Channel)?

    init(_ client: any Channel, condition: @escaping () -> LinkCondition) {
        self.client = client
        requests = LinkStream(on: client.eventLoop, condition: condition) { condition().holdsRequests }
        replies = LinkStream(on: client.eventLoop, condition: condition) { condition().holdsReplies }
        replies.connect(to: client)
    }

    func connected(to node: any Channel) {
        self.node = node
        requests.connect(to: node)
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
    private let ended: () -> Void

    init(into stream: LinkStream, ended: @escaping () -> Void = {}) {
        self.stream = stream
        self.ended = ended
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) { stream.receive(unwrapInboundIn(data)) }

    func channelInactive(context: ChannelHandlerContext) {
        stream.end()
        ended()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
