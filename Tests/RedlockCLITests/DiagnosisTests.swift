import RedlockCore
import RedlockNode
import Testing

@testable import RedlockCLI

/// Facts → findings, without a server.
@Suite("The doctor's diagnosis")
struct DiagnosisTests {
    private static func healthy(_ number: Int) -> NodeFacts {
        var facts = NodeFacts(name: "redis://10.0.0.\(number):6379")
        let info = ServerInfo("run_id:run\(number)\nuptime_in_seconds:86400\nredis_version:7.2.4\nredis_mode:standalone\nrole:master\n")
        facts.server = try? ServerIdentity(info, readAt: Instant(nanoseconds: 0))
        facts.memory = (1 << 20, 0)
        facts.roundTrips = (1...20).map { .milliseconds(1) + Nanoseconds(10_000) * $0 }
        facts.clock = .seconds(1_700_000_000) + .milliseconds(Int64(number))
        facts.appendfsync = "everysec"
        facts.user = "locks"
        facts.leftovers = .init(seen: 12, isComplete: true, count: 0, example: nil)
        return facts
    }

    private static let terms = Diagnosis.Terms(
        quarantine: .milliseconds(60_602), attemptTimeout: .milliseconds(500), ttl: .seconds(30), drift: DriftBound(), prefix: "locks:",
        now: 1_700_000_000)

    private func findings(
        nodes: Int = 5, _ change: (inout [NodeFacts]) -> Void = { _ in }, terms changeTerms: (inout Diagnosis.Terms) -> Void = { _ in }
    ) -> [Finding] {
        var facts = (1...nodes).map(Self.healthy)
        var terms = Self.terms
        change(&facts)
        changeTerms(&terms)
        return Diagnosis(facts: facts, terms: terms).findings
    }

    /// What is not ok.
    private func troubles(
        nodes: Int = 5, _ change: (inout [NodeFacts]) -> Void = { _ in }, terms: (inout Diagnosis.Terms) -> Void = { _ in }
    ) -> [Finding] {
        findings(nodes: nodes, change, terms: terms).filter { $0.level > .ok }
    }

    /// The only trouble there is.
    private func only(_ troubles: [Finding], _ check: Finding.Check, _ level: Finding.Level, _ nodes: [Int]) -> Finding? {
        #expect(troubles.map(\.check) == [check] && troubles.first?.level == level && troubles.first?.nodes == nodes, "\(troubles)")
        return troubles.first
    }

    @Test("a healthy deployment has a finding for each check, and none is bad", arguments: [1, 3, 5, 7])
    func healthy(nodes: Int) {
        let findings = findings(nodes: nodes, terms: { if nodes < 3 { $0.quarantine = .seconds(1) } })
        #expect(findings.map(\.check) == Finding.Check.allCases)
        #expect(findings.filter { $0.level > .ok }.map(\.check) == (nodes == 1 ? [.nodes] : []))
    }

    @Test("every node unreachable, and nothing known of any")
    func nothing() {
        let findings = findings({ all in
            for index in all.indices {
                all[index] = NodeFacts(name: all[index].name)
                all[index].fault = NodeFault(.notConnected, "refused")
            }
        })
        #expect(findings.filter { $0.level == .error }.map(\.check) == [.reachable, .quorum])
        #expect(findings.filter { $0.level == .error }.first?.nodes == [0, 1, 2, 3, 4])
        #expect(Set(findings.map(\.check)) == Set(Finding.Check.allCases))
    }

    @Test("an even number of nodes, and too few", arguments: [(2, "loss of all"), (4, "as 3 would")])
    func count(nodes: Int, says: String) {
        let found = troubles(nodes: nodes, terms: { if nodes < 3 { $0.quarantine = .seconds(1) } })
        #expect(only(found, .nodes, .warning, [])?.detail.contains(says) == true)
    }

    @Test("the same server twice votes once")
    func distinct() {
        let found1 = only(troubles({ $0[4].server?.runID = "run1" }), .distinct, .error, [4])
        #expect(found1?.detail.contains("10.0.0.1") == true)
        let three = troubles(nodes: 3) {
            $0[1].server?.runID = "run1"; $0[2].server?.runID = "run1"
        }
        #expect(three.map(\.check) == [.quorum, .distinct] && three[1].nodes == [1, 2])
    }

    @Test("replica, attached replicas, Cluster, Sentinel, an old version")
    func kinds() {
        let found2 = only(troubles({ $0[2].server?.role = "slave" }), .role, .error, [2])
        #expect(found2?.remedy?.contains("`REPLICAOF NO ONE`") == true)
        _ = only(troubles({ $0[2].server?.replicas = 1 }), .role, .warning, [2])
        _ = only(troubles({ $0[0].server?.mode = "cluster" }), .mode, .error, [0])
        _ = only(troubles({ $0[0].server?.mode = "sentinel" }), .mode, .error, [0])
        _ = only(troubles({ $0[1].server?.version = "4.0.14" }), .version, .error, [1])
        let found6 = troubles({ $0[1].server?.version = "255.255.255" })
        #expect(found6.isEmpty)
    }

    @Test("eviction and a full memory, on several nodes at once")
    func memory() {
        let evicting = troubles { all in
            for index in 0...2 { all[index].server?.maxmemoryPolicy = "allkeys-lru"; all[index].memory = (1, 100 << 20) }
        }
        #expect(only(evicting, .memory, .error, [0, 1, 2])?.remedy?.contains("`CONFIG SET maxmemory-policy noeviction`") == true)
        _ = only(troubles({ $0[0].server?.maxmemoryPolicy = "volatile-ttl" }), .memory, .warning, [0])
        _ = only(troubles({ $0[0].memory = (95 << 20, 100 << 20) }), .memory, .warning, [0])
        _ = only(troubles({ $0[0].memory = (101 << 20, 100 << 20) }), .memory, .error, [0])
        let found7 = troubles({ $0[0].memory = (80 << 20, 100 << 20) })
        #expect(found7.isEmpty)
    }

    @Test("what a restart forgets matters only without a quarantine")
    func persistence() {
        let off = { (terms: inout Diagnosis.Terms) in terms.quarantine = nil }
        _ = only(troubles(terms: off), .persistence, .error, [0, 1, 2, 3, 4])
        func keeping(_ policy: String?) -> [Finding] {
            troubles(
                { all in
                    for index in all.indices { all[index].server?.keepsAppendOnlyFile = true; all[index].appendfsync = policy }
                }, terms: off)
        }
        #expect(keeping("always").isEmpty)
        _ = only(keeping("everysec"), .persistence, .error, [0, 1, 2, 3, 4])
        _ = only(keeping(nil), .persistence, .warning, [0, 1, 2, 3, 4])
    }

    @Test("uptime against the quarantine, and what it does to the quorum")
    func uptime() {
        let found3 = only(troubles({ $0[3].server?.uptimeSeconds = 10 }), .uptime, .warning, [3])
        #expect(found3?.detail.contains("votes in") == true)
        let most = troubles { all in for index in 0...2 { all[index].server?.uptimeSeconds = 10 } }
        #expect(most.map(\.check) == [.quorum, .uptime] && most[0].remedy?.contains("wait") == true)
        let bare = troubles { all in for index in 0...1 { all[index].server?.uptimeSeconds = 10 } }
        #expect(bare.map(\.check) == [.quorum, .uptime] && bare[0].level == .warning)
    }

    @Test("clocks apart, and one that was set")
    func clock() {
        let found4 = only(troubles({ $0[4].clock = .seconds(1_700_000_090) }), .clock, .warning, [4])
        #expect(found4?.detail.contains("ahead") == true)
        let found5 = only(troubles({ $0[0].clock = .seconds(1_699_990_000) }), .clock, .warning, [0])
        #expect(found5?.detail.contains("behind") == true)
        _ = only(troubles({ $0[1].clockStep = .seconds(3600) }), .clock, .error, [1])
    }

    @Test("round trips against the deadline of a round, and the ttl")
    func budget() {
        let slow = troubles { $0[2].roundTrips = [Nanoseconds](repeating: .milliseconds(300), count: 20) }
        _ = only(slow, .roundTrip, .warning, [2])
        let all = troubles { all in
            for index in all.indices { all[index].roundTrips = [Nanoseconds](repeating: .milliseconds(600), count: 20) }
        }
        #expect(all.map(\.check) == [.roundTrip, .budget] && all.allSatisfy { $0.level == .error })
        _ = only(troubles(terms: { $0.ttl = .milliseconds(10) }), .budget, .warning, [])
        _ = only(troubles(terms: { $0.ttl = .milliseconds(2) }), .budget, .error, [])
    }

    @Test("rights, with the line to paste")
    func rights() {
        let found = troubles { all in
            for index in all.indices { all[index].missing = [.command("evalsha"), .command("script|load"), .keys("redlock.fence:locks:")] }
        }
        let line = "`ACL SETUSER locks +evalsha +script|load ~redlock.fence:locks:*`"
        #expect(found.map(\.check) == [.quorum, .rights] && found[1].level == .error && found[1].nodes == [0, 1, 2, 3, 4])
        #expect(found[1].remedy?.contains(line) == true)
        // Nobody's lock depends on these.
        let onlookers = troubles {
            $0[2].missing = [.command("zadd"), .command("scan"), .keys("redlock.waiting:locks:"), .keys("redlock.broken:locks:")]
        }
        #expect(
            only(onlookers, .rights, .warning, [2])?.remedy?.contains(
                "`ACL SETUSER locks +zadd +scan ~redlock.waiting:locks:* ~redlock.broken:locks:*`") == true)
    }

    @Test("refused writes, certificates, leftovers")
    func others() {
        _ = only(troubles({ $0[0].writeFault = NodeFault(errorReply: "MISCONF x") }), .writes, .error, [0])
        _ = only(troubles({ $0[0].certificateEnd = 1_700_000_000 + 5 * 86_400 }), .tls, .warning, [0])
        _ = only(troubles({ $0[0].certificateEnd = 1_700_000_000 + 3600 }), .tls, .error, [0])
        let found8 = troubles({ $0[0].certificateEnd = 1_700_000_000 + 300 * 86_400 })
        #expect(found8.isEmpty)
        let left = troubles { $0[1].leftovers = .init(seen: 10_000, isComplete: false, count: 3, example: "locks:old") }
        #expect(only(left, .leftovers, .warning, [1])?.detail.contains("locks:old") == true)
    }

    @Test("what replies say about rights")
    func probe() {
        let probe = RightsProbe(prefix: "a*b:", database: 3, nonce: 7)
        let ok = [RESPValue](repeating: .status("OK"), count: probe.attempts.count)
        #expect(probe.read(ok).missing.isEmpty && probe.read(ok).writeFault == nil)
        let noKeys = probe.attempts.map { attempt in
            attempt.keys == nil
                ? RESPValue.status("OK") : .error("NOPERM this user has no permissions to access one of the keys used as arguments")
        }
        #expect(
            probe.read(noKeys).missing.map(\.grant) == [
                "~a\\*b:*", "~redlock.fence:a\\*b:*", "~redlock.waiting:a\\*b:*", "~redlock.broken:a\\*b:*",
            ])
        let nothing = probe.attempts.map { _ in RESPValue.error("NOPERM this user has no permissions to run the 'x' command") }
        #expect(
            Set(probe.read(nothing).missing.map(\.grant)).isSuperset(of: ["+set", "+script|load", "+evalsha", "+select", "+client|setname"])
        )
        let full = probe.read([.error("OOM command not allowed when used memory > 'maxmemory'.")])
        #expect(full.missing.isEmpty && full.writeFault?.detail.contains("out of memory") == true)
    }

    @Test("is printed as the fixtures say, and fits")
    func printed() throws {
        let findings = findings({ all in
            all[1] = NodeFacts(name: all[1].name)
            all[1].fault = NodeFault(.timedOut, "did not answer within 2s")
            all[2].server?.role = "slave"
            all[3].server?.runID = "run1"
            all[4].missing = [.command("evalsha"), .command("script|load"), .keys("redlock.fence:locks:")]
            for index in [0, 4] { all[index].server?.maxmemoryPolicy = "allkeys-lru"; all[index].memory = (1, 100 << 20) }
        })
        let report = DoctorReport(nodes: (1...5).map { "redis://10.0.0.\($0):6379" }, findings: findings)
        #expect(report.level == .error)
        #expect(try Golden.text("doctor.txt", is: report.lines(width: 80)) == nil)
        #expect(try Golden.text("doctor.json", is: JSONText.lines(report.objects)) == nil)
        #expect(report.lines(width: 80).allSatisfy { $0.count <= 80 })
        for width in [40, 200] {
            // A command is rather too long than broken.
            #expect(report.lines(width: width).allSatisfy { $0.count <= width || $0.contains("`") || $0.contains("redis://") })
        }
        let healthy = DoctorReport(nodes: report.nodes, findings: self.findings())
        #expect(try Golden.text("doctor-healthy.txt", is: healthy.lines(width: 80, explains: true)) == nil)
        #expect(healthy.lines(width: 80, colour: true).last == "\u{1B}[32mhealthy: nothing to mend\u{1B}[0m")
    }
}
