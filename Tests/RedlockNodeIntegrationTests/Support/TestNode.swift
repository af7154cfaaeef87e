import NIOCore
import NIOPosix
import RedlockCore
import RedlockNode
import Synchronization

/// A node client on an event loop, with an owner that writes what it is told and remembers every answer: all that a
/// lane does with a node, without its decisions.
final class TestNode: NodeOwner, Sendable {
    /// One request or release.
    struct Request: Sendable {
        enum Content: Sendable {
            case request(NodeRequest)
            case release(LockToken, fence: UInt64)
        }

        var content: Content
        var key: String
        var hint: Int64 = 0
        var form = CommandBatch.ScriptForm.digest

        var kind: NodeTicket.Kind {
            switch content {
            case .request(.acquire(_, _, fencing: false)): .acquire
            case .request(.acquire(_, _, fencing: true)): .fencedAcquire
            case .request(.raise): .raise
            case .request(.extend): .extend
            case .release: .release
            }
        }
    }

    private struct State {
        var answers: [NodeAnswer] = []
        var changes: [Bool] = []
        var nextSlot: UInt32 = 0
    }

    static let fences = FenceTerms(quarantine: .seconds(60))

    let client: NodeClient
    private let state = Mutex(State())

    init(_ url: String, id: NodeID = NodeID(0), options: NodeClientOptions = .test, on loop: (any EventLoop)? = nil) throws {
        let loop = loop ?? MultiThreadedEventLoopGroup.singleton.next()
        client = try NodeClient(try NodeEndpoint(url), id: id, options: options, on: loop)
        client.owner = self
    }

    // MARK: Called by the client

    func node(_ id: NodeID, answered answers: [NodeAnswer]) { state.withLock { $0.answers += answers } }
    func nodeChanged(_ id: NodeID, isUp: Bool) { state.withLock { $0.changes.append(isUp) } }

    // MARK: What has happened so far

    var answers: [NodeAnswer] { state.withLock(\.answers) }
    /// Up and down, in their order.
    var changes: [Bool] { state.withLock(\.changes) }

    /// Runs `body` where the client lives.
    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (NodeClient) throws -> Value) async throws -> Value {
        try await client.eventLoop.submit { try body(self.client) }.get()
    }

    var fault: NodeFault? {
        get async throws { try await onLoop(\.fault) }
    }

    var isUp: Bool {
        get async throws { try await onLoop(\.isUp) }
    }

    // MARK: Requests

    /// Writes all requests with one flush; answers with their tickets, whose slots count up.
    @discardableResult
    func write(_ requests: [Request]) async throws -> [NodeTicket] {
        try await onLoop { client in
            var batch = CommandBatch(allocator: ByteBufferAllocator())
            let tickets = requests.map { request in
                let ticket = NodeTicket(request.kind, slot: self.takeSlot(), round: 1)
                self.append(request, to: NodeSet([client.id]), ticket, &batch)
                return ticket
            }
            client.write(batch)
            return tickets
        }
    }

    func append(_ request: Request, to nodes: NodeSet, _ ticket: NodeTicket, _ batch: inout CommandBatch) {
        let key = LockKey(request.key)
        switch request.content {
        case .request(let content):
            batch.append(content, key: key, fences: Self.fences, hint: request.hint, as: request.form, to: nodes, ticket)
        case .release(let token, let fence):
            batch.append(releaseOf: token, fence: fence, key: key, fences: Self.fences, as: request.form, to: nodes, ticket)
        }
    }

    private func takeSlot() -> UInt32 {
        state.withLock { state in
            defer { state.nextSlot += 1 }
            return state.nextSlot
        }
    }

    /// Writes one request and waits for its answer.
    func ask(_ request: Request) async throws -> NodeAnswer.Content {
        let ticket = try await write([request])[0]
        try await eventually("an answer to \(request.kind)") { self.answers.contains { $0.ticket == ticket } }
        return answers.last { $0.ticket == ticket }?.content ?? .missingScript
    }

    /// Waits until that many answers have come in all.
    func waitForAnswers(_ count: Int) async throws -> [NodeAnswer] {
        try await eventually("\(count) answers") { self.answers.count >= count }
        return answers
    }

    /// Waits until it is up, however many attempts that takes.
    func waitUntilUp() async throws {
        try await eventually("the node to be up") { try await self.isUp }
    }

    /// Waits until a fault satisfies `condition`, and answers with it.
    @discardableResult
    func waitForFault(_ what: String = "a fault", _ condition: @escaping @Sendable (NodeFault) -> Bool) async throws -> NodeFault {
        let found = Mutex<NodeFault?>(nil)
        try await eventually(what) {
            guard let fault = try await self.fault, condition(fault) else { return false }
            found.withLock { $0 = fault }
            return true
        }
        return try found.withLock { $0 } ?? { throw TimedOut(what: what) }()
    }

    /// What an owner's sweep does.
    func sweep() async throws {
        try await onLoop { $0.dropIfStalled(at: BootClock.now()) }
    }
}

extension TestNode.Request {
    static func acquire(_ key: String, _ token: LockToken, ttl: Nanoseconds = .seconds(30)) -> Self {
        Self(content: .request(.acquire(token: token, ttl: ttl, fencing: false)), key: key)
    }

    static func fencedAcquire(_ key: String, _ token: LockToken, ttl: Nanoseconds = .seconds(30), hint: Int64 = 0) -> Self {
        Self(content: .request(.acquire(token: token, ttl: ttl, fencing: true)), key: key, hint: hint)
    }

    static func raise(_ key: String, _ token: LockToken, fence: UInt64) -> Self {
        Self(content: .request(.raise(token: token, fence: fence)), key: key)
    }

    static func extend(_ key: String, _ token: LockToken, ttl: Nanoseconds = .seconds(30), fence: UInt64 = 0) -> Self {
        Self(content: .request(.extend(token: token, ttl: ttl, fence: fence)), key: key)
    }

    static func release(_ key: String, _ token: LockToken, fence: UInt64 = 0) -> Self {
        Self(content: .release(token, fence: fence), key: key)
    }

    /// The same, with its script in full.
    var inFull: Self {
        var copy = self
        copy.form = .source
        return copy
    }
}

extension LockToken {
    static func random() -> LockToken { LockToken(high: .random(in: .min ... .max), low: .random(in: .min ... .max)) }
}

extension NodeClientOptions {
    /// Reconnects quickly. Connecting may take long, because test machines are slow; tests that mean it set it.
    static var test: NodeClientOptions {
        var options = NodeClientOptions()
        options.connectTimeout = .seconds(10)
        options.stallTimeout = .seconds(30)
        options.reconnect = RetrySchedule(base: .milliseconds(5), cap: .milliseconds(50))
        return options
    }
}
