import NIOCore
package import RedlockCore

/// The plain commands of one node that somebody waits for, in batches, by number. Belongs to the node's event loop.
///
/// A batch that is not answered in time is given up by its waiter alone: the replies, when they come, find nobody, and
/// the connection goes on.
final class PlainCommands {
    typealias Outcome = Result<[RESPValue], NodeFault>

    private struct Batch {
        let continuation: CheckedContinuation<Outcome, Never>
        let count: Int
        var replies: [RESPValue] = []
    }

    private var waiting: [UInt32: Batch] = [:]
    private var waitingForConnection: [CheckedContinuation<NodeFault?, Never>] = []
    private var next: UInt32 = 0

    /// - Parameter count: how many replies the batch has, one or more.
    func add(_ count: Int, _ continuation: CheckedContinuation<Outcome, Never>) -> UInt32 {
        defer { next &+= 1 }
        waiting[next] = Batch(continuation: continuation, count: count)
        return next
    }

    /// Takes the next reply of a batch.
    func receive(_ batch: UInt32, _ reply: RESPValue) {
        guard let index = waiting.index(forKey: batch) else { return }
        waiting.values[index].replies.append(reply)
        guard waiting.values[index].replies.count == waiting.values[index].count else { return }
        let whole = waiting.remove(at: index).value
        whole.continuation.resume(returning: .success(whole.replies))
    }

    func fail(_ batch: UInt32, _ fault: NodeFault) {
        waiting.removeValue(forKey: batch)?.continuation.resume(returning: .failure(fault))
    }

    func addWaiterForConnection(_ continuation: CheckedContinuation<NodeFault?, Never>) {
        waitingForConnection.append(continuation)
    }

    func connected() { resumeWaiters(nil) }
    func disconnected(_ fault: NodeFault?) { resumeWaiters(fault ?? NodeFault(.notConnected, "is not connected")) }

    private func resumeWaiters(_ fault: NodeFault?) {
        let waiters = waitingForConnection
        waitingForConnection = []
        for waiter in waiters { waiter.resume(returning: fault) }
    }
}

extension NodeClient {
    /// Connects if nobody has begun to, and waits until the node is connected or the attempt under way has failed. May be
    /// called from anywhere.
    package func waitUntilUp() async throws(NodeFault) {
        start()
        let fault: NodeFault? = await withCheckedContinuation { continuation in
            eventLoop.execute {
                if self.isUp { return continuation.resume(returning: nil) }
                if let fault = self.fault, fault.kind == .closed { return continuation.resume(returning: fault) }
                self.plainCommands.addWaiterForConnection(continuation)
            }
        }
        if let fault { throw fault }
    }

    /// Sends any command and waits for its reply; an error reply is a value here. May be called from anywhere.
    ///
    /// For tools that look at a node. It is not cancelled with the caller's task but bounded by `timeout`.
    package func command(_ arguments: [String], timeout: Nanoseconds = .seconds(1)) async throws(NodeFault) -> RESPValue {
        try await command(bytes: arguments.map { Array($0.utf8) }, timeout: timeout)
    }

    /// The same for arguments that need not be text.
    package func command(bytes arguments: [[UInt8]], timeout: Nanoseconds = .seconds(1)) async throws(NodeFault) -> RESPValue {
        try await commands([arguments], timeout: timeout)[0]
    }

    /// Sends several commands with one write and waits for all their replies, which are in the commands' order.
    ///
    /// - Parameter timeout: for all of them together.
    package func commands(_ batch: [[[UInt8]]], timeout: Nanoseconds = .seconds(1)) async throws(NodeFault) -> [RESPValue] {
        guard !batch.isEmpty else { return [] }
        let outcome: PlainCommands.Outcome = await withCheckedContinuation { continuation in
            eventLoop.execute {
                let number = self.plainCommands.add(batch.count, continuation)
                guard self.send(batch, plain: number) else {
                    return self.plainCommands.fail(number, self.fault ?? NodeFault(.notConnected, "is not connected"))
                }
                self.eventLoop.scheduleTask(in: .nanoseconds(timeout.count)) {
                    self.plainCommands.fail(number, NodeFault(.timedOut, "did not answer within \(timeout)"))
                }
            }
        }
        return try outcome.get()
    }

    /// When the server's certificate ends, in seconds since 1970; nil without TLS. May be called from anywhere.
    package func certificateEnd() async -> Int64? {
        do { return try await eventLoop.submit { self.serverCertificateEnd }.get() } catch { return nil }
    }
}
