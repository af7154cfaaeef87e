import NIOCore

/// One direction of one proxied connection: bytes wait here until the link lets them pass, in their order.
///
/// Belongs to the proxy's event loop. What was sent before the sender went away is still delivered, however late: the node
/// may execute a command long after the client gave it up.
final class LinkStream {
    private let eventLoop: any EventLoop
    private let condition: () -> LinkCondition
    private let isHeld: () -> Bool
    private var queue: CircularBuffer<(bytes: ByteBuffer, due: NIODeadline)> = []
    private var target: (any Channel)?
    private var isOver = false
    private var isPumping = false
    private var lastDue = NIODeadline.uptimeNanoseconds(0)

    init(on eventLoop: any EventLoop, condition: @escaping () -> LinkCondition, isHeld: @escaping () -> Bool) {
        self.eventLoop = eventLoop
        self.condition = condition
        self.isHeld = isHeld
    }

    func connect(to channel: any Channel) {
        target = channel
        pump()
    }

    func receive(_ bytes: ByteBuffer) {
        let condition = condition()
        let jitter = condition.jitter.nanoseconds > 0 ? Int64.random(in: 0...condition.jitter.nanoseconds) : 0
        var rest = bytes
        while rest.readableBytes > 0 {
            guard let part = rest.readSlice(length: min(condition.slice ?? rest.readableBytes, rest.readableBytes)) else { break }
            let step: TimeAmount = condition.slice == nil ? .zero : .microseconds(500)
            lastDue = max(lastDue + step, .now() + condition.delay + .nanoseconds(jitter))
            queue.append((part, lastDue))
        }
        pump()
    }

    /// The sender is gone: the receiver hears of it after all that was sent.
    func end() {
        isOver = true
        pump()
    }

    /// Delivers what is due. Called again when the link's condition changes.
    func pump() {
        guard let target, !isHeld(), !isPumping else { return }
        var isWritten = false
        while let next = queue.first {
            if next.due > .now() {
                isPumping = true
                let stream = NIOLoopBound(self, eventLoop: eventLoop)
                eventLoop.scheduleTask(deadline: next.due) {
                    stream.value.isPumping = false
                    stream.value.pump()
                }
                break
            }
            queue.removeFirst()
            target.write(next.bytes, promise: nil)
            isWritten = true
        }
        if isWritten { target.flush() }
        if isOver, queue.isEmpty { target.close(promise: nil) }
    }
}
