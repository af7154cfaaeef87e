import NIOCore
package import RedlockCore

/// The plain commands of one node that somebody waits for, by number. Belongs to the node's event loop.
///
/// A command that is not answered in time is given up by its waiter alone: the reply, when it comes, finds nobody, and
/// the connection goes on.
final class PlainCommands {
    typealias Outcome = Result<RESPValue, NodeFault>

    private var waiting: [UInt32: CheckedContinuation<Outcome, Never>] = [:]
    private var waitingForConnection: [CheckedContinuation<NodeFault?, Never>] = []
    private var next: UInt32 = 0

    func add(_ continuation: CheckedContinuation<Outcome, Never>) -> UInt32 {
        defer { next &+= 1 }
        waiting[next] = continuation
        return next
    }

    func finish(_ command: UInt32, with reply: RESPValue) {
        waiting.removeValue(forKey: command)?.resume(returning: .success(reply))
    }

    func fail(_ command: UInt32, _ fault: NodeFault) {
        waiting.removeValue(forKey: command)?.resume(returning: .failure(fault))
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
        let outcome: PlainCommands.Outcome = await withCheckedContinuation { continuation in
            eventLoop.execute {
                let number = self.plainCommands.add(continuation)
                guard self.send(arguments, plain: number) else {
                    return self.plainCommands.fail(number, self.fault ?? NodeFault(.notConnected, "is not connected"))
                }
                self.eventLoop.scheduleTask(in: .nanoseconds(timeout.count)) {
                    self.plainCommands.fail(number, NodeFault(.timedOut, "did not answer within \(timeout)"))
                }
            }
        }
        return try outcome.get()
    }
}
