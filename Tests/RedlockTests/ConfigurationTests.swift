import RedlockCore
import RedlockNode
import Testing

@testable import Redlock

/// What cannot work is said at the edge, with what to change.
@Suite struct ConfigurationTests {
    private static let nodes = ["redis://a", "redis://b", "redis://c"]

    private func message(_ change: (inout RedlockConfiguration) -> Void) -> String? {
        var configuration = RedlockConfiguration(nodes: Self.nodes)
        change(&configuration)
        do throws(RedlockError) {
            _ = try ValidatedConfiguration(configuration)
            return nil
        } catch {
            #expect(error.code == .invalidConfiguration)
            return error.message
        }
    }

    @Test func `the defaults are accepted`() {
        #expect(message { _ in } == nil)
    }

    @Test func `no nodes, too many nodes, and a node given twice are refused`() {
        #expect(message { $0.nodes = [] }?.contains("no nodes") == true)
        #expect(message { $0.nodes = (0..<33).map { "redis://n\($0)" } }?.contains("at most 32") == true)
        #expect(
            message { $0.nodes = ["redis://a", "redis://b", "redis://A:6379/3"] }?.contains("nodes 1 and 3 are the same server") == true)
    }

    @Test func `a bad URL is named by its position and keeps its password to itself`() {
        let text = message { $0.nodes = ["redis://a", "redis://:s3cr3t@b:99999"] }
        #expect(text?.contains("node 2") == true)
        #expect(text?.contains("s3cr3t") == false)
    }

    @Test func `impossible values are refused`() {
        #expect(message { $0.driftFactor = .nan } != nil)
        #expect(message { $0.driftFactor = -0.01 } != nil)
        #expect(message { $0.driftFactor = 0.9 } != nil)
        #expect(message { $0.maxTTL = .milliseconds(1) } != nil)
        #expect(message { $0.maxTTL = .seconds(1_000_000_000) } != nil)
        #expect(message { $0.waiting = .seconds(-1) } != nil)
        #expect(message { $0.attemptTimeout = .zero } != nil)
        #expect(message { $0.retry.base = .seconds(1) } != nil)
        #expect(message { $0.lanes = 0 } != nil)
        #expect(message { $0.connection.inFlightLimit = 0 } != nil)
        #expect(message { $0.connection.clientName = "two words" } != nil)
        #expect(message { $0.keyPrefix = String(repeating: "x", count: 2000) } != nil)
    }

    @Test func `a ttl is checked against the floor, maxTTL and drift`() throws {
        let configuration = try ValidatedConfiguration(RedlockConfiguration(nodes: Self.nodes))
        for ttl: Duration in [.zero, .seconds(-5), .milliseconds(9), .seconds(61), .seconds(Int64.max)] {
            #expect(throws: RedlockError.self) { try configuration.ttl(ttl) }
        }
        #expect(try configuration.ttl(.milliseconds(10)) == .milliseconds(10))
        #expect(try configuration.ttl(.microseconds(10_999)) == .milliseconds(10))
    }

    @Test func `a safety margin must leave some of the validity`() throws {
        let configuration = try ValidatedConfiguration(RedlockConfiguration(nodes: Self.nodes))
        #expect(throws: RedlockError.self) {
            try configuration.terms(ttl: .seconds(1), giveUpAt: nil, options: LeaseOptions(extendsItself: true, safetyMargin: .seconds(1)))
        }
        let terms = try configuration.terms(ttl: .seconds(10), giveUpAt: nil, options: .extending)
        #expect(terms.safetyMargin == .seconds(1) && terms.autoExtension != nil && terms.fencing)
    }

    @Test func `a resource needs a name of a sane length that nothing beside a lock has`() throws {
        let configuration = try ValidatedConfiguration(RedlockConfiguration(nodes: Self.nodes))
        for resource in ["", String(repeating: "k", count: 65_537), "redlock.fence:orders", "redlock.waiting:orders", "redlock.broken:o"] {
            #expect(throws: RedlockError.self) { try configuration.key(resource) }
        }
        #expect(try configuration.key("Bestellungen/42 ✓").name == "Bestellungen/42 ✓")
    }

    @Test func `quarantine is on from three nodes up and lasts maxTTL and its drift`() throws {
        var configuration = RedlockConfiguration(nodes: Self.nodes)
        #expect(try ValidatedConfiguration(configuration).client.quarantine == .seconds(60) + .milliseconds(602))
        configuration.quarantinesRestartedNodes = false
        #expect(try ValidatedConfiguration(configuration).client.quarantine == nil)
        #expect(try ValidatedConfiguration(RedlockConfiguration(nodes: ["redis://a"])).client.quarantine == nil)
    }
}
