import RedlockCore
import RedlockNode

/// Finds out about a node what ``Diagnosis`` wants to know, by commands that leave nothing behind.
///
/// Each fact is kept as soon as it is there: a node that goes silent in the middle is known as far as it came.
struct Examination: Sendable {
    /// Put before every resource.
    let prefix: String
    /// How long all of it may take, connecting included.
    let timeout: Duration

    private static let roundTrips = 20
    private static let mostKeys = 10_000

    /// Examines all nodes at once.
    func facts(_ endpoints: [NodeEndpoint]) async -> [NodeFacts] {
        let started = BootClock.now()
        // What the library would meet, beside what can be found out about a server that it would not take.
        async let library = NodeVisit.all(endpoints, timeout: timeout) { node throws(NodeFault) in
            try await NodeStanding.read(from: node).identity
        }
        let visits = await NodeVisit.all(endpoints, timeout: timeout, isBounded: false, greeting: .bare) { node throws(NodeFault) in
            await examine(node, until: started + Nanoseconds(timeout))
        }
        var all: [NodeFacts] = []
        for ((endpoint, visit), library) in zip(zip(endpoints, visits), await library) {
            var facts: NodeFacts
            switch visit {
            case .success(let known): facts = known
            case .failure(let fault):
                facts = NodeFacts(name: endpoint.description)
                facts.fault = fault
            }
            switch library {
            // Only a whole greeting asks a node of a Cluster which slots it serves.
            case .success(let identity): facts.server?.servedSlots = identity.servedSlots
            case .failure(let fault): facts.libraryFault = fault
            }
            all.append(facts)
        }
        return all
    }

    private func examine(_ node: NodeClient, until end: Instant) async -> NodeFacts {
        var facts = NodeFacts(name: node.endpoint.description)
        facts.user = node.endpoint.credentials.map { $0.user ?? "default" }
        facts.certificateEnd = await node.certificateEnd()
        do throws(NodeFault) {
            try await readServer(node, end, &facts)
            try await readRights(node, end, &facts)
            try await readRoundTrips(node, end, &facts)
            try await readLeftovers(node, end, &facts)
        } catch {
            facts.fault = error
        }
        return facts
    }

    private func ask(_ node: NodeClient, _ end: Instant, _ batch: [[String]]) async throws(NodeFault) -> [RESPValue] {
        try await node.commands(batch.map { $0.map { Array($0.utf8) } }, timeout: max(end - BootClock.now(), Nanoseconds(1)))
    }

    private func readServer(_ node: NodeClient, _ end: Instant, _ facts: inout NodeFacts) async throws(NodeFault) {
        let replies = try await ask(node, end, [["INFO"], ["CONFIG", "GET", "appendfsync"], ["ACL", "WHOAMI"]])
        if let text = replies[0].text {
            let info = ServerInfo(text)
            facts.server = try ServerIdentity(info, readAt: BootClock.now())
            if let used = info["used_memory"].flatMap({ Int64($0) }) {
                facts.memory = (used, info["maxmemory"].flatMap { Int64($0) } ?? 0)
            }
        }
        if case .array(let pair) = replies[1], pair.count == 2 { facts.appendfsync = pair[1].text }
        if let user = replies[2].text { facts.user = user }
    }

    private func readRights(_ node: NodeClient, _ end: Instant, _ facts: inout NodeFacts) async throws(NodeFault) {
        let probe = RightsProbe(prefix: prefix, database: node.endpoint.database, nonce: .random(in: .min ... .max))
        let replies = try await node.commands(probe.attempts.map(\.arguments), timeout: max(end - BootClock.now(), Nanoseconds(1)))
        (facts.missing, facts.writeFault) = probe.read(replies)
    }

    /// By TIME, which the library is permitted, so that the clock is read on the way.
    private func readRoundTrips(_ node: NodeClient, _ end: Instant, _ facts: inout NodeFacts) async throws(NodeFault) {
        var watch = ClockWatch(drift: DriftBound())
        let began = BootClock.now()
        while facts.roundTrips.count < Self.roundTrips {
            // Half of the time is kept for what follows.
            if !facts.roundTrips.isEmpty, BootClock.now() + (end - began) / 2 > end { break }
            let sent = BootClock.now()
            let reply = try await ask(node, end, [["TIME"]])[0]
            let now = BootClock.now()
            facts.roundTrips.append(now - sent)
            guard case .array(let parts) = reply, parts.count == 2, let seconds = parts[0].text.flatMap({ Int64($0) }),
                let microseconds = parts[1].text.flatMap({ Int64($0) })
            else { continue }
            let time = Nanoseconds.seconds(seconds) + Nanoseconds(1000) * microseconds
            facts.clock = time - (sent + (now - sent) / 2 - Instant(nanoseconds: 0))
            facts.clockStep = watch.observe(time, askedAt: sent, answeredAt: now) ?? facts.clockStep
        }
        facts.roundTrips.sort()
    }

    /// A bounded look: some thousand keys, a few at a time.
    private func readLeftovers(_ node: NodeClient, _ end: Instant, _ facts: inout NodeFacts) async throws(NodeFault) {
        // What is no node is not looked at, and a lack of rights is said where rights are.
        guard facts.server?.mode != "sentinel", !facts.missing.contains(.command("scan")), !facts.missing.contains(.command("pttl")) else {
            return
        }
        var leftovers = NodeFacts.Leftovers()
        defer { facts.leftovers = leftovers }
        var scan = KeyScan(pattern: Glob.escaped(prefix) + "*")
        // The keys of a slow server are not worth the timeout.
        while leftovers.seen < Self.mostKeys, BootClock.now() + (Nanoseconds(timeout) / 5) < end {
            guard let keys = try await scan.next(from: node, timeout: max(end - BootClock.now(), Nanoseconds(1))) else {
                leftovers.isComplete = true
                return
            }
            let ttls = try await node.commands(
                keys.map { [Array("PTTL".utf8), $0] }, timeout: max(end - BootClock.now(), Nanoseconds(1)))
            for (key, ttl) in zip(keys, ttls) where ttl == .integer(-1) {
                leftovers.count += 1
                leftovers.example = leftovers.example ?? Escaping.name(Escaping.text(key))
            }
            leftovers.seen += keys.count
        }
    }
}
