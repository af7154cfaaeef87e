package import RedlockCore

/// Which server process is at the other end. A vote is bound to it (PROTOCOL, decision 1).
package struct ServerIdentity: Hashable, Sendable {
    package var runID: String
    /// As INFO said it: up to a second more than the truth (counterexample C7).
    package var uptimeSeconds: Int64
    package var version: String
    /// "redis" or "valkey".
    package var flavour: String
    /// standalone, cluster or sentinel.
    package var mode: String
    /// When the answer to INFO came in.
    package var readAt: Instant

    /// The earliest instant at which the process is sure to have been up for `quarantine`: uptime is taken a second
    /// too small and our own clock may run fast by the drift (PROTOCOL sections 4 and 5).
    package func trusted(after quarantine: Nanoseconds, drift: DriftBound) -> Instant {
        let missing = quarantine - (.seconds(uptimeSeconds) - .seconds(1))
        guard missing > .zero else { return readAt }
        return readAt + missing + drift.drift(over: missing * 2)
    }
}

/// The commands that begin a connection, written at once, and what their replies must be.
struct Handshake {
    private enum Step {
        case authenticate, select(Int), setName, info, load(LockScript)
    }

    private let steps: [Step]
    private let endpoint: NodeEndpoint
    private let clientName: String
    private var next = 0
    private var identity: ServerIdentity?

    init(endpoint: NodeEndpoint, clientName: String) {
        self.endpoint = endpoint
        self.clientName = clientName
        var steps: [Step] = []
        if endpoint.credentials != nil { steps.append(.authenticate) }
        if endpoint.database != 0 { steps.append(.select(endpoint.database)) }
        steps += [.setName, .info]
        steps += LockScripts.all.map { .load($0) }
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
            case .info: return Self.command(["INFO", "server"])
            case .load(let script): return Self.command(["SCRIPT", "LOAD", script.source])
            }
        }
    }

    private static func command(_ arguments: [String]) -> [[UInt8]] { arguments.map { Array($0.utf8) } }

    /// Takes the next reply. Returns the server's identity when it was the last.
    mutating func receive(_ reply: RESPValue, at now: Instant) throws(NodeFault) -> ServerIdentity? {
        guard next < steps.count else { throw NodeFault(.protocolViolation, "sent a reply to nothing") }
        let step = steps[next]
        next += 1
        if case .error(let text) = reply {
            if let fault = Self.faultOfConnection(text) { throw fault }
            if !isOptional(step) { throw Self.fault(of: step, text) }
        }
        switch step {
        case .authenticate, .select, .setName: break
        case .info: identity = try Self.identity(reply, at: now)
        case .load(let script):
            guard reply.text == script.digest else {
                throw NodeFault(.protocolViolation, "knows the \(script.name) script by another digest than SHA-1 gives")
            }
        }
        return next == steps.count ? identity : nil
    }

    /// A name in CLIENT LIST is a comfort to the operator and no more.
    private func isOptional(_ step: Step) -> Bool {
        if case .setName = step { true } else { false }
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
        case .setName: NodeFault(errorReply: text)
        }
    }

    private static func identity(_ reply: RESPValue, at now: Instant) throws(NodeFault) -> ServerIdentity {
        let fields = ServerInfo(reply.text ?? "")
        guard let runID = fields["run_id"], let uptime = fields["uptime_in_seconds"].flatMap({ Int64($0) }), uptime >= 0 else {
            throw NodeFault(
                .protocolViolation, "does not say run_id and uptime in INFO, so it is not Redis or Valkey, or a proxy stands before it")
        }
        return ServerIdentity(
            runID: runID, uptimeSeconds: uptime,
            version: fields["valkey_version"] ?? fields["redis_version"] ?? "?",
            flavour: fields["valkey_version"] == nil ? "redis" : "valkey",
            mode: fields["redis_mode"] ?? fields["server_mode"] ?? "standalone", readAt: now)
    }
}

/// The answer to INFO, by field.
package struct ServerInfo: Sendable {
    private var fields: [Substring: Substring] = [:]

    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
    }

    package subscript(field: String) -> String? { fields[field[...]].map { String($0) } }
}
