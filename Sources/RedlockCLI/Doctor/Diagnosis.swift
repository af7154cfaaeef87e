import RedlockCore
import RedlockNode

/// Facts → findings. Pure: no server, no clock.
struct Diagnosis: Sendable {
    /// The nodes, in their order.
    let facts: [NodeFacts]
    /// What the clients have agreed on.
    let terms: Terms

    /// What the deployment is meant to be.
    struct Terms: Sendable {
        /// How long a restarted node does not vote; nil if it votes at once.
        var quarantine: Nanoseconds?
        /// How long a round of questions may take.
        var attemptTimeout: Nanoseconds
        /// How long locks are asked for.
        var ttl: Nanoseconds
        /// How far clocks may be apart in rate.
        var drift: DriftBound
        /// What all locks begin with.
        var prefix: String
        /// The wall clock, in seconds since 1970: for certificates alone.
        var now: Int64
    }

    /// All findings; commands in a remedy stand between backticks: at least one for each check, in the checks' order. Equal ones of several nodes are one.
    var findings: [Finding] {
        Finding.Check.allCases.flatMap { check -> [Finding] in
            var found: [Finding] = []
            for finding in self.findings(of: check) {
                let same = found.firstIndex { $0.level == finding.level && $0.detail == finding.detail && $0.remedy == finding.remedy }
                if let same { found[same].nodes += finding.nodes } else { found.append(finding) }
            }
            return found
        }
    }

    private func findings(of check: Finding.Check) -> [Finding] {
        switch check {
        case .nodes: nodeCount
        case .reachable: reachable
        case .quorum: quorum
        case .distinct: distinct
        case .role: role
        case .mode: mode
        case .version: version
        case .roundTrip: roundTrip
        case .budget: budget
        case .memory: memory
        case .persistence: persistence
        case .uptime: uptime
        case .clock: clock
        case .rights: rights
        case .writes: writes
        case .tls: certificates
        case .leftovers: leftovers
        }
    }

    // MARK: Tools

    /// One finding for each node that has one, or what is said when none has.
    private func each(
        _ check: Finding.Check, otherwise detail: String, _ judge: (NodeFacts) -> (Finding.Level, String, String)?
    ) -> [Finding] {
        let found = facts.indices.compactMap { index in
            judge(facts[index]).map { Finding(check: check, level: $0.0, nodes: [index], detail: $0.1, remedy: $0.2) }
        }
        return found.isEmpty ? [Self.ok(check, detail)] : found
    }

    private static func ok(_ check: Finding.Check, _ detail: String) -> Finding {
        Finding(check: check, level: .ok, nodes: [], detail: detail, remedy: nil)
    }

    private func whole(_ check: Finding.Check, _ level: Finding.Level, _ detail: String, _ remedy: String) -> Finding {
        Finding(check: check, level: level, nodes: [], detail: detail, remedy: remedy)
    }

    /// Whether the user may do all that clients need.
    private static func mayLock(_ node: NodeFacts) -> Bool { node.missing.allSatisfy(\.isForLookingOn) }

    private var needed: Int { Quorum(nodes: facts.count).needed }
    private var known: [NodeFacts] { facts.filter { $0.server != nil } }

    private static func short(_ span: Nanoseconds) -> String { DurationText.short(span.duration) }
    private static func trip(_ span: Nanoseconds) -> String { DurationText.roundTrip(microseconds: span.count / 1000) }

    // MARK: The nodes together

    private var nodeCount: [Finding] {
        switch facts.count {
        case 1, 2:
            [
                whole(
                    .nodes, .warning, "\(facts.count) \(facts.count == 1 ? "node" : "nodes"): the loss of one is the loss of all locks",
                    "name 3 or 5 independent servers under nodes: in the file for --config, or in REDLOCK_NODES")
            ]
        case let count where count % 2 == 0:
            [
                whole(
                    .nodes, .warning, "\(count) nodes survive the loss of \(count - needed), as \(count - 1) would",
                    "take one node away or add one, in the configuration of every client")
            ]
        case let count: [Self.ok(.nodes, "\(count) nodes survive the loss of \(count - needed)")]
        }
    }

    private var reachable: [Finding] {
        each(.reachable, otherwise: "all \(facts.count) answer, and take the library's greeting") { node in
            if let fault = node.fault {
                let isForeign = fault.kind == .protocolViolation
                return (
                    .error, fault.detail,
                    isForeign ? "correct the URL: what listens there is not Redis" : "start the server, or correct its URL"
                )
            }
            // What is wrong with the user's rights or the server's kind is said where it belongs.
            guard let fault = node.libraryFault, Self.mayLock(node), node.server?.mode != "sentinel" else { return nil }
            return (.error, "answers, and the library cannot use it: \(fault.detail)", "mend what it says")
        }
    }

    private var quorum: [Finding] {
        let fit = facts.filter { node in
            guard node.fault == nil, node.libraryFault == nil, node.writeFault == nil, Self.mayLock(node), let server = node.server else {
                return false
            }
            return Preflight.refusal(of: server) == nil
        }
        // A server that is named twice has one vote.
        let votes = Set(fit.filter { quarantineLeft($0) == nil }.compactMap { $0.server?.runID }).count
        let later = Set(fit.compactMap { $0.server?.runID }).count
        let count = "\(votes) of \(facts.count) nodes can vote, the quorum is \(needed)"
        guard votes < needed else {
            guard votes == needed, facts.count > 2, votes < facts.count else { return [Self.ok(.quorum, count)] }
            return [whole(.quorum, .warning, "\(count): the next loss ends all locking", "mend the nodes named here, one after the other")]
        }
        return [
            whole(
                .quorum, .error, "\(count): no lock can be taken",
                later >= needed
                    ? "wait for the quarantine to end, as said under uptime" : "mend the nodes named here until \(needed) can vote")
        ]
    }

    private var distinct: [Finding] {
        var first: [String: Int] = [:]
        var found: [Finding] = []
        for (index, node) in facts.enumerated() {
            guard let runID = node.server?.runID else { continue }
            guard let other = first[runID] else {
                first[runID] = index
                continue
            }
            found.append(
                Finding(
                    check: .distinct, level: .error, nodes: [index], detail: "is the same server as \(facts[other].name)",
                    remedy: "give the URL of another server in its place, in every client"))
        }
        return found.isEmpty ? [Self.ok(.distinct, "\(first.count) \(first.count == 1 ? "server" : "different servers")")] : found
    }

    private var clock: [Finding] {
        var found = facts.indices.compactMap { index -> Finding? in
            guard let step = facts[index].clockStep else { return nil }
            return Finding(
                check: .clock, level: .error, nodes: [index], detail: "its clock was set by \(Self.short(step)) while we looked",
                remedy: "slew clocks instead: chrony with makestep only at the start, no ntpdate from cron")
        }
        let clocks = facts.enumerated().compactMap { index, node in node.clock.map { (index, $0) } }.sorted { $0.1 < $1.1 }
        guard let median = clocks.isEmpty ? nil : clocks[clocks.count / 2].1, let least = clocks.first?.1, let most = clocks.last?.1 else {
            return found.isEmpty ? [Self.ok(.clock, "not known")] : found
        }
        for (index, clock) in clocks where abs(clock, median) > .seconds(1) {
            found.append(
                Finding(
                    check: .clock, level: .warning, nodes: [index],
                    detail: "its clock is \(Self.short(abs(clock, median))) \(clock > median ? "ahead of" : "behind") the others",
                    remedy: "look at `chronyc tracking` on its machine; let chrony slew the clock, and do not set it while locks are held"))
        }
        if clocks.count == 1, found.isEmpty { return [Self.ok(.clock, "not set while we looked")] }
        return found.isEmpty ? [Self.ok(.clock, "at most \(Self.short(most - least)) apart, and not set while we looked")] : found
    }

    private func abs(_ a: Nanoseconds, _ b: Nanoseconds) -> Nanoseconds { a > b ? a - b : b - a }

    // MARK: What each server is

    private var role: [Finding] {
        each(.role, otherwise: "all are masters without replicas") { node in
            guard let server = node.server else { return nil }
            if server.role == "slave" {
                return (
                    .error, "is a replica and does not vote", "`REPLICAOF NO ONE` if it is to be independent, or name its master instead"
                )
            }
            guard server.replicas > 0 else { return nil }
            return (
                .warning, "has \(server.replicas) \(server.replicas == 1 ? "replica" : "replicas"), which a failover could promote",
                "`REPLICAOF NO ONE` on the replicas, or keep every automatic failover away from lock nodes"
            )
        }
    }

    private var mode: [Finding] {
        each(.mode, otherwise: "all are standalone") { node in
            switch node.server?.mode {
            case "sentinel": (.error, "is a Sentinel, which keeps no keys", "name the server it watches, if no failover can replace it")
            case "cluster":
                (.error, "is part of a Cluster", "`cluster-enabled no` in redis.conf, and restart; or name an independent server")
            default: nil
            }
        }
    }

    private var version: [Finding] {
        let versions = Set(known.compactMap { node in node.server.map { "\($0.flavour) \(NodeFault.safe($0.version))" } }).sorted()
        return each(.version, otherwise: versions.isEmpty ? "not known" : versions.joined(separator: ", ")) { node in
            guard let server = node.server, let major = server.version.split(separator: ".").first.flatMap({ Int($0) }), major < 5 else {
                return nil
            }
            return (.error, "runs \(server.flavour) \(NodeFault.safe(server.version))", "upgrade it to Redis 5 or later, or to Valkey")
        }
    }

    private var memory: [Finding] {
        each(.memory, otherwise: known.isEmpty ? "not known" : "none evicts, and none is near its limit") { node in
            guard let server = node.server else { return nil }
            let limit = node.memory?.limit ?? 0
            if server.maxmemoryPolicy != "noeviction" {
                return (
                    limit > 0 ? .error : .warning,
                    "may evict locks: maxmemory-policy \(NodeFault.safe(server.maxmemoryPolicy))\(limit > 0 ? "" : ", once maxmemory is set")",
                    "`CONFIG SET maxmemory-policy noeviction`, and the same in redis.conf"
                )
            }
            guard let memory = node.memory, limit > 0, memory.used / 9 >= limit / 10 else { return nil }
            let share = memory.used >= limit ? "all" : "\(memory.used / (limit / 100 + 1))%"
            return (
                memory.used >= limit ? .error : .warning, "\(share) of its maxmemory (\(limit >> 20) MiB) is in use",
                "`CONFIG SET maxmemory \((limit >> 20) * 2 + 1)mb`, and the same in redis.conf; or move other data away"
            )
        }
    }

    private var persistence: [Finding] {
        guard terms.quarantine == nil else {
            return [Self.ok(.persistence, "restarted nodes wait before they vote, so nothing depends on it")]
        }
        return each(.persistence, otherwise: known.isEmpty ? "not known" : "all keep every write (appendfsync always)") { node in
            guard let server = node.server else { return nil }
            if facts.count < 3 {
                return server.keepsAppendOnlyFile && node.appendfsync == "always"
                    ? nil
                    : (
                        .warning, "forgets locks when it restarts, and votes at once: with less than 3 nodes there is no quarantine",
                        "`CONFIG SET appendonly yes` and `CONFIG SET appendfsync always`, or three nodes"
                    )
            }
            if !server.keepsAppendOnlyFile {
                return (
                    .error, "forgets its locks when it restarts, and votes at once: the quarantine is off",
                    "leave --no-quarantine out (quarantine: true), or `CONFIG SET appendonly yes` and `CONFIG SET appendfsync always`"
                )
            }
            switch node.appendfsync {
            case "always": return nil
            case nil:
                return (
                    .warning, "does not say how often it saves, and votes at once after a restart",
                    "`CONFIG GET appendfsync` as an administrator: it must be always, or the quarantine on"
                )
            case let policy?:
                return (
                    .error, "may forget its newest locks when it restarts, and votes at once: appendfsync \(NodeFault.safe(policy))",
                    "`CONFIG SET appendfsync always`, and the same in redis.conf; or leave the quarantine on"
                )
            }
        }
    }

    private func quarantineLeft(_ node: NodeFacts) -> Nanoseconds? {
        guard let quarantine = terms.quarantine, let server = node.server else { return nil }
        let left = server.trusted(after: quarantine, drift: terms.drift) - server.readAt
        return left > .zero ? left : nil
    }

    private var uptime: [Finding] {
        let least = known.compactMap { $0.server?.uptimeSeconds }.min().map {
            "up for \(DurationText.short(milliseconds: $0 * 1000)) or more"
        }
        return each(.uptime, otherwise: terms.quarantine == nil ? "\(least ?? "not known"); there is no quarantine" : least ?? "not known")
        {
            node in
            guard let left = quarantineLeft(node), let server = node.server else { return nil }
            return (
                .warning,
                "restarted \(DurationText.short(milliseconds: server.uptimeSeconds * 1000)) ago and votes in \(DurationText.short(milliseconds: left.count / 1_000_000 / 1000 * 1000 + 1000))",
                "wait; if nobody asks for such long locks, lower max-ttl in every client"
            )
        }
    }

    // MARK: Time

    private var roundTrip: [Finding] {
        let measured = facts.filter { !$0.roundTrips.isEmpty }
        guard let slowest = measured.max(by: { ($0.roundTrip(percentile: 99) ?? .zero) < ($1.roundTrip(percentile: 99) ?? .zero) }),
            let p50 = slowest.roundTrip(percentile: 50), let p99 = slowest.roundTrip(percentile: 99)
        else { return [Self.ok(.roundTrip, "not known")] }
        let count = measured.map(\.roundTrips.count).min() ?? 0
        let summary = "p50 \(Self.trip(p50)), p99 \(Self.trip(p99)) over \(count) at the slowest node"
        return each(.roundTrip, otherwise: measured.count == 1 ? summary.replacing(" at the slowest node", with: "") : summary) { node in
            guard let p50 = node.roundTrip(percentile: 50), let p99 = node.roundTrip(percentile: 99), p99 * 2 > terms.attemptTimeout else {
                return nil
            }
            let isLate = p50 > terms.attemptTimeout
            return (
                isLate ? .error : .warning,
                "p50 \(Self.trip(p50)), p99 \(Self.trip(p99)) over \(node.roundTrips.count), of \(Self.short(terms.attemptTimeout)) for a round",
                "look at `redis-cli --latency`; move it nearer to its clients, or raise attempt-timeout"
            )
        }
    }

    private var budget: [Finding] {
        let trips = facts.compactMap { $0.roundTrip(percentile: 99) }.sorted()
        guard trips.count >= needed else { return [Self.ok(.budget, "not known: no quorum answers")] }
        // A lock is taken when the quorum has answered; with a second round trip where fencing counters differ.
        let cost = trips[needed - 1] * 2
        let drift = terms.drift.drift(over: terms.ttl)
        let left = terms.ttl - drift - cost
        let sum =
            "of \(Self.short(terms.ttl)) a holder has \(left > .zero ? Self.short(left) : "nothing") left: "
            + "\(Self.trip(cost)) for the votes, \(Self.trip(drift)) for drift"
        let deadline = min(terms.attemptTimeout, terms.ttl / 2)
        if left <= .zero || cost > deadline {
            return [
                whole(
                    .budget, .error, cost > deadline ? "\(sum); a round may take \(Self.short(deadline))" : sum,
                    "ask for longer locks (--ttl, max-ttl), raise attempt-timeout, or move the nodes nearer")
            ]
        }
        guard left < terms.ttl / 10 * 8 else { return [Self.ok(.budget, sum)] }
        return [whole(.budget, .warning, sum, "ask for longer locks: --ttl \(DurationText.argument((terms.ttl * 4).duration))")]
    }

    // MARK: What may be done, and what lies about

    private var rights: [Finding] {
        each(.rights, otherwise: known.isEmpty ? "not known" : "the users may do all that the library needs") { node in
            guard !node.missing.isEmpty else { return nil }
            let grants = node.missing.map(\.grant).joined(separator: " ")
            return (
                Self.mayLock(node) ? .warning : .error,
                "user \(Escaping.name(node.user ?? "default")) lacks \(grants)\(Self.mayLock(node) ? ", which no lock needs; redlock itself and clients that leave a name do" : "")",
                "`ACL SETUSER \(Escaping.name(node.user ?? "default")) \(grants)`, then `ACL SAVE` or `CONFIG REWRITE`"
            )
        }
    }

    private var writes: [Finding] {
        each(.writes, otherwise: known.isEmpty ? "not known" : "all took and deleted a key of ours") { node in
            // A replica's refusal is said with its role.
            guard let fault = node.writeFault, node.server?.role != "slave", node.server?.mode != "sentinel" else { return nil }
            return (.error, fault.detail, "mend what it says; nothing else helps, as every lock is a write")
        }
    }

    private var certificates: [Finding] {
        let ends = facts.compactMap(\.certificateEnd)
        guard let first = ends.min() else { return [Self.ok(.tls, "not in use")] }
        let day: Int64 = 24 * 3600
        return each(.tls, otherwise: "the first certificate ends in \((first - terms.now) / day) days") { node in
            guard let end = node.certificateEnd, end - terms.now < 14 * day else { return nil }
            let left = max(end - terms.now, 0)
            return (
                left < day ? .error : .warning, "its certificate ends in \(DurationText.short(milliseconds: left * 1000))",
                "put a new one under tls-cert-file; `CONFIG SET tls-cert-file PATH` loads it without a restart"
            )
        }
    }

    private var leftovers: [Finding] {
        let looked = facts.compactMap(\.leftovers)
        let seen = looked.map(\.seen).max() ?? 0
        let isComplete = looked.allSatisfy(\.isComplete)
        let scope = terms.prefix.isEmpty ? "" : " under the prefix"
        let summary = "none without a ttl among \(isComplete ? "all" : "the first") \(seen) keys\(scope)"
        return each(.leftovers, otherwise: looked.isEmpty ? "not known" : summary) { node in
            guard let left = node.leftovers, left.count > 0 else { return nil }
            let first = left.example.map { ", for example \($0)" } ?? ""
            return (
                .warning, "\(left.count) of \(left.seen) keys\(scope) never expire\(first)",
                terms.prefix.isEmpty
                    ? "give locks a prefix of their own if this server has other data; otherwise `DEL` what nobody holds"
                    : "`redlock inspect` shows who holds it; `DEL` what nobody holds"
            )
        }
    }
}
