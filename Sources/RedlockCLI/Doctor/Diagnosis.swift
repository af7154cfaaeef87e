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
    func each(
        _ check: Finding.Check, otherwise detail: String, _ judge: (NodeFacts) -> (Finding.Level, String, String)?
    ) -> [Finding] {
        let found = facts.indices.compactMap { index in
            judge(facts[index]).map { Finding(check: check, level: $0.0, nodes: [index], detail: $0.1, remedy: $0.2) }
        }
        return found.isEmpty ? [Self.ok(check, detail)] : found
    }

    /// What is said of a check that found nothing.
    static func ok(_ check: Finding.Check, _ detail: String) -> Finding {
        Finding(check: check, level: .ok, nodes: [], detail: detail, remedy: nil)
    }

    /// A finding about all nodes together.
    func whole(_ check: Finding.Check, _ level: Finding.Level, _ detail: String, _ remedy: String) -> Finding {
        Finding(check: check, level: level, nodes: [], detail: detail, remedy: remedy)
    }

    /// Whether the user may do all that clients need.
    static func mayLock(_ node: NodeFacts) -> Bool { node.missing.allSatisfy(\.isForLookingOn) }

    /// How many nodes hold a lock together.
    var needed: Int { Quorum(nodes: facts.count).needed }
    /// The nodes that say what they are.
    var known: [NodeFacts] { facts.filter { $0.server != nil } }

    /// Spans of time in sentences.
    static func short(_ span: Nanoseconds) -> String { DurationText.short(span.duration) }
    /// Round trips in sentences.
    static func trip(_ span: Nanoseconds) -> String { DurationText.roundTrip(microseconds: span.count / 1000) }
}
