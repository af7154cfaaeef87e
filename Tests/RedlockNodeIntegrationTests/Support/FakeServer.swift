import NIOCore
import NIOPosix
import Synchronization

/// A listener on a free port of 127.0.0.1 that is no Redis.
final class FakeServer: Sendable {
    enum Behaviour: Sendable {
        /// Accepts, reads, and says nothing.
        case silence
        /// Closes each connection as soon as it is accepted.
        case close
        /// Says this as soon as something was sent to it, then nothing more.
        case say(String)
        /// Says this and closes.
        case sayAndClose(String)
    }

    let port: Int
    private let channel: any Channel
    private let counter: Counter

    final class Counter: Sendable {
        private let count = Atomic(0)
        var value: Int { count.load(ordering: .relaxed) }
        func increment() { count.add(1, ordering: .relaxed) }
    }

    private init(_ channel: any Channel, _ counter: Counter) {
        self.channel = channel
        self.counter = counter
        port = channel.localAddress?.port ?? 0
    }

    /// How many connections it has accepted.
    var accepted: Int { counter.value }

    var url: String { "redis://127.0.0.1:\(port)" }

    static func with<Value>(_ behaviour: Behaviour, _ body: (FakeServer) async throws -> Value) async throws -> Value {
        let counter = Counter()
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                counter.increment()
                return channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Handler(behaviour: behaviour))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let server = FakeServer(channel, counter)
        do {
            let value = try await body(server)
            try? await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let behaviour: Behaviour
        private var hasSpoken = false

        init(behaviour: Behaviour) { self.behaviour = behaviour }

        func channelActive(context: ChannelHandlerContext) {
            if case .close = behaviour { context.close(promise: nil) }
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard !hasSpoken else { return }
            hasSpoken = true
            switch behaviour {
            case .silence, .close: break
            case .say(let text): context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
            case .sayAndClose(let text):
                context.write(wrapOutboundOut(ByteBuffer(string: text)), promise: nil)
                context.flush()
                context.close(promise: nil)
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
