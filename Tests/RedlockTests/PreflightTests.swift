import RedlockCore
import RedlockNode
import Testing

@Suite struct PreflightTests {
    /// What a server with these lines of INFO is told.
    private func server(_ change: (inout ServerIdentity) -> Void) throws -> ServerIdentity {
        let info = ServerInfo("run_id:abc\r\nuptime_in_seconds:100\r\naof_enabled:1\r\n")
        var server = try ServerIdentity(info, readAt: Instant(nanoseconds: 0))
        change(&server)
        return server
    }

    @Test func `a plain master is fit and needs no word`() throws {
        let plain = try server { _ in }
        #expect(Preflight.refusal(of: plain) == nil)
        #expect(Preflight.warnings(about: plain, isQuarantined: true).isEmpty)
        #expect(Preflight.warnings(about: plain, isQuarantined: false).isEmpty)
    }

    @Test func `a replica, a Sentinel and the same server again are refused`() throws {
        #expect(try Preflight.refusal(of: server { $0.role = "slave" })?.kind == .unfit)
        #expect(try Preflight.refusal(of: server { $0.mode = "sentinel" })?.kind == .unfit)
        let elsewhere = try Preflight.refusal(of: server { ($0.mode, $0.servedSlots) = ("cluster", 16_383) })
        #expect(elsewhere?.kind == .unfit && elsewhere?.detail.contains("serves 16383 of 16384 slots") == true)
        #expect(try Preflight.refusal(of: server { $0.mode = "cluster" })?.detail.contains("does not say") == true)
        #expect(try Preflight.refusal(of: server { ($0.mode, $0.servedSlots) = ("cluster", 16_384) }) == nil)
        let one = try server { _ in }
        #expect(Preflight.refusal(of: one, beside: one, named: "redis://a:6379")?.detail.contains("redis://a:6379") == true)
        #expect(try Preflight.refusal(of: one, beside: server { $0.runID = "def" }, named: "redis://a:6379") == nil)
    }

    @Test func `each warning names its remedy`() throws {
        func texts(quarantined: Bool = true, _ change: (inout ServerIdentity) -> Void) throws -> [String] {
            try Preflight.warnings(about: server(change), isQuarantined: quarantined).map(\.description)
        }
        #expect(try texts { $0.maxmemoryPolicy = "allkeys-lru" }.first?.contains("CONFIG SET maxmemory-policy noeviction") == true)
        #expect(try texts { $0.replicas = 2 }.first?.contains("2 replicas") == true)
        #expect(try texts { $0.mode = "cluster" }.first?.contains("standalone") == true)
        #expect(try texts(quarantined: false) { $0.keepsAppendOnlyFile = false }.first?.contains("appendfsync always") == true)
        #expect(try texts { $0.keepsAppendOnlyFile = false }.isEmpty)
    }
}
