import Foundation
import RedlockNode
import RedlockServers
import Testing

@testable import RedlockCLI

/// Adding up and printing, without a server.
@Suite("The list of locks")
struct ListTests {
    private static func outcome() -> LockScan.Outcome {
        var tally = LockTally(nodes: 3)
        for node in 0..<3 {
            tally.add(Array("locks:orders/42".utf8), token: Array("3fa94c01d2e84b7c".utf8), ttl: 8000 + Int64(node), node: node)
        }
        // An orphan was seen first; the holder has the others.
        tally.add(Array("locks:a b".utf8), token: Array("07d2c6aa10934f5b".utf8), ttl: 100, node: 0)
        for node in 1...2 { tally.add(Array("locks:a b".utf8), token: Array("b61f00aa10934f5b".utf8), ttl: 5000, node: node) }
        tally.add(Array("locks:leftover".utf8), token: Array("x".utf8), ttl: -1, node: 2)
        let named = "3fa94c01d2e84b7c9a5501f2e3d4c5b6"
        for node in 0..<3 {
            tally.add(Array("locks:report".utf8), token: Array("\(named) nightly@web-3:4711".utf8), ttl: 8000, node: node)
            tally.add(
                Array("locks:hostile".utf8), token: Array("\(named) \u{1B}[31m\(String(repeating: "x", count: 60))".utf8), ttl: 9,
                node: node)
        }
        return LockScan.Outcome(tally: tally, faults: [nil, nil, nil], foreign: 2)
    }

    @Test("is printed as the fixtures say, and fits")
    func printed() throws {
        let report = ListReport(Self.outcome(), prefix: "locks:", nodes: ["a", "b", "c"])
        var (text, json, narrow): ([String], [String], [String]) = ([], [], [])
        try report.write(width: 80) { text += $0 }
        try report.writeJSON { json += $0 }
        try report.write(width: 40) { narrow += $0 }
        #expect(try Golden.text("list.txt", is: text) == nil)
        #expect(try Golden.text("list.json", is: json) == nil)
        #expect(text.allSatisfy { $0.count <= 80 })
        #expect(narrow.allSatisfy { $0.columns <= 40 })
    }

    @Test("more than a portion of JSON is one array")
    func portions() throws {
        var tally = LockTally(nodes: 1)
        for number in 0..<1201 { tally.add(Array("k\(number)".utf8), token: [1, 2], ttl: 5, node: 0) }
        let report = ListReport(.init(tally: tally, faults: [nil], foreign: 0), prefix: "", nodes: ["a"])
        var json: [String] = []
        try report.writeJSON { json += $0 }
        let array = try JSONSerialization.jsonObject(with: Data(json.joined(separator: "\n").utf8)) as? [Any]
        #expect(array?.count == 1201)
    }

    @Test("what is forgotten of a node is not counted, and a restarted one is said")
    func refused() throws {
        var tally = LockTally(nodes: 3)
        for node in 0..<2 { tally.add(Array("x".utf8), token: [1, 2], ttl: 60_000, node: node) }
        tally.add(Array("y".utf8), token: [1, 2], ttl: 60_000, node: 1)
        tally.forget(node: 1)
        let refusal = NodeFault(.unfit, "is the same server as a under another name")
        let report = ListReport(
            .init(tally: tally, faults: [nil, refusal, nil], quarantines: [nil, nil, .seconds(9)], foreign: 0), prefix: "",
            nodes: ["a", "b", "c"])
        var text: [String] = []
        try report.write(width: 80) { text += $0 }
        #expect(try Golden.text("list-refused.txt", is: text) == nil)
    }

    @Test("a silent node leaves a lock unknown")
    func silent() {
        let fault = NodeFault(.timedOut, "did not answer")
        var tally = LockTally(nodes: 3)
        tally.add([1], token: [2], ttl: 5, node: 0)
        let report = ListReport(.init(tally: tally, faults: [nil, fault, nil], foreign: 0), prefix: "", nodes: ["a", "b", "c"])
        #expect(LockVerdict(tally.readings(0, silent: [false, true, false])).name == "unknown")
        #expect(
            report.isKnown
                && !ListReport(.init(tally: tally, faults: [nil, fault, fault], foreign: 0), prefix: "", nodes: ["a", "b", "c"]).isKnown)
    }
}

extension EndToEnd {
    @Suite("redlock list", .timeLimit(.minutes(2)))
    struct ListCommandTests {
        private struct Lock: Decodable {
            let resource: String
            let verdict: String
            let nodes: Int
            let ttl_ms: Int64?
        }

        @Test("finds what is there by pattern, more than a step of it, and goes on without a paused and a dead node")
        func list() async throws {
            try await withRedisFleet(5) { fleet in
                let script =
                    "for i = 1, 3000 do redis.call('SET', 'l:n/' .. i, 'token' .. i, 'PX', 600000) end redis.call('SET', 'l:[x]', 'y', 'PX', 600000)"
                for server in fleet.servers { _ = try await server.cli("EVAL", script, "0") }
                _ = try await fleet[0].cli("SET", "l:orphan", "z", "PX", "600000")
                _ = try await fleet[0].cli("HSET", "l:hash", "a", "b")
                _ = try await fleet[0].cli("SET", "redlock.fence:l:n/1", "7", "PX", "600000")
                _ = try await fleet[0].cli("ZADD", "redlock.waiting:l:n/1", "7", "somebody")
                func list(_ arguments: String...) async throws -> (Int32, [Lock]) {
                    let result = try await Program(nodes: fleet.urls).start(
                        ["list", "--json", "--timeout", "2s", "--no-quarantine"] + arguments
                    ).end
                    return (result.status, try JSONDecoder().decode([Lock].self, from: Data(result.output.utf8)))
                }
                let (status, all) = try await list("--prefix", "l:")
                #expect(status == 0 && all.count == 3002)
                #expect(all.count { $0.verdict == "held" && $0.nodes == 5 && ($0.ttl_ms ?? 0) > 0 } == 3001)
                #expect(all.first { $0.resource == "orphan" }?.verdict == "split")
                #expect(try await list("--prefix", "l:", "n/299?").1.count == 10)
                #expect(try await list("l:\\[x\\]").1.map(\.resource) == ["l:[x]"])
                #expect(try await list("*l:n/1").1.map(\.resource) == ["l:n/1"])

                // What a restarted node may have forgotten could make a quorum with the orphan.
                let young = try await Program(nodes: fleet.urls)("list", "l:orphan")
                #expect(young.output.contains("quarantined 1/5") && young.output.contains("is quarantined for"), "\(young)")

                fleet[1].pause()
                await fleet[2].kill()
                let (less, some) = try await list("--prefix", "l:", "n/1")
                #expect(less == 0 && some.map(\.verdict) == ["held"] && some.first?.nodes == 3)
                await fleet[3].kill()
                let (few, unknown) = try await list("--prefix", "l:", "n/1")
                #expect(few == 69 && unknown.map(\.verdict) == ["unknown"])
            }
        }
    }
}
