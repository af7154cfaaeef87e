import RedlockCore

/// The commands that begin a connection, written at once, and what their replies must be.
struct Handshake {
    private enum Step {
        case authenticate, select(Int), setName, info, slots, load(LockScript)
    }

    private let steps: [Step]
    private let endpoint: NodeEndpoint
    private let clientName: String
    private var next = 0
    private var identity: ServerIdentity?

    init(endpoint: NodeEndpoint, clientName: String, greeting: NodeClientOptions.Greeting = .full) {
        self.endpoint = endpoint
        self.clientName = clientName
        var steps: [Step] = []
        if endpoint.credentials != nil { steps.append(.authenticate) }
        if endpoint.database != 0 { steps.append(.select(endpoint.database)) }
        steps.append(.setName)
        if greeting == .full { steps += [.info, .slots] + LockScripts.all.map { .load($0) } }
        self.steps = steps
    }

    var commands: [[[UInt8]]] {
        steps.map { step in
            switch step {
            case .authenticate:
                let user = endpoint.credentials?.user.map { [$0] } ?? []
                return Self.command(["AUTH"] + user + [endpoint.credentials?.password ?? ""])
            case .select(let database): return Self.command(["SELECT", "\(database)"])
            case .setName: return Self.command(["CLIENT", "SETNAME", clientName])
            case .info: return Self.command(["INFO"])
            case .slots: return Self.command(["CLUSTER", "NODES"])
            case .load(let script): return Self.command(["SCRIPT", "LOAD", script.source])
            }
        }
    }

    private static func command(_ arguments: [String]) -> [[UInt8]] { arguments.map { Array($0.utf8) } }

    /// Takes the next reply. Returns the server's identity when it was the last of a full greeting.
    mutating func receive(_ reply: RESPValue, at now: Instant) throws(NodeFault) -> ServerIdentity? {
        guard next < steps.count else { throw NodeFault(.protocolViolation, "sent a reply to nothing") }
        let step = steps[next]
        next += 1
        if case .error(let text) = reply {
            if let fault = Self.faultOfConnection(text) { throw fault }
            // What can be no node at all, such as a Sentinel, says so by lacking commands.
            if !isOptional(step) { throw identity.flatMap(Preflight.refusal(of:)) ?? Self.fault(of: step, text) }
        }
        switch step {
        case .authenticate, .select, .setName: break
        case .info: identity = try ServerIdentity(ServerInfo(reply.text ?? ""), readAt: now)
        case .slots: if identity?.mode == "cluster" { identity?.servedSlots = reply.text.map { ClusterSlots.served(accordingTo: $0) } }
        case .load(let script):
            guard reply.text == script.digest else {
                throw NodeFault(.protocolViolation, "knows the \(script.name) script by another digest than SHA-1 gives")
            }
        }
        return isComplete ? identity : nil
    }

    /// Whether the last reply has been taken.
    var isComplete: Bool { next == steps.count }

    /// A name in CLIENT LIST is a comfort to the operator and no more. Slots are unknown to all but the nodes of a Cluster, and
    /// one of those that does not tell its own is refused by `Preflight`.
    private func isOptional(_ step: Step) -> Bool {
        switch step {
        case .setName, .slots: true
        case .authenticate, .select, .info, .load: false
        }
    }

    /// What the server says about the connection or itself, whatever the command: it may be the answer to the first one and
    /// the last thing said before it closes.
    private static func faultOfConnection(_ text: String) -> NodeFault? {
        let prefixes = ["NOAUTH", "WRONGPASS", "LOADING", "DENIED", "ERR max number of clients"]
        return prefixes.contains { text.hasPrefix($0) } ? NodeFault(errorReply: text) : nil
    }

    private static func fault(of step: Step, _ text: String) -> NodeFault {
        let shown = NodeFault.safe(text)
        return switch step {
        case .authenticate: NodeFault(.denied, "does not accept this user and password (\(shown))")
        case .select(let database): NodeFault(.denied, "has no database \(database) (\(shown))")
        case .info: NodeFault(.denied, "does not answer INFO (\(shown)); grant the user +info")
        case .load: NodeFault(.denied, "does not take scripts (\(shown)); grant the user +@scripting")
        case .setName, .slots: NodeFault(errorReply: text)
        }
    }
}
