import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// A server that is stopped (SIGSTOP) keeps its connections open and answers nothing.
@Suite("A stopped server", .timeLimit(.minutes(2)))
struct StallTests {
    private static var impatient: NodeClientOptions {
        var options = NodeClientOptions.test
        options.stallTimeout = .milliseconds(200)
        options.connectTimeout = .seconds(1)
        return options
    }

    @Test("answers late, in order and on the same connection, if it goes on before the limit")
    func late() async throws {
        try await withServerAndNode { server, node async throws in
            let (mine, other) = (LockToken.random(), LockToken.random())
            server.pause()
            let tickets = try await node.write([
                .acquire("k", mine), .acquire("k", other), .extend("k", mine), .release("k", mine), .acquire("k", other),
            ])
            // A bounded look, since one cannot wait for nothing: sweeps in this time must not drop the connection.
            for _ in 0..<20 {
                try await node.sweep()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(node.answers.isEmpty)
            #expect(try await node.isUp)
            server.resume()
            let answers = try await node.waitForAnswers(tickets.count)
            #expect(answers.map(\.ticket) == tickets)
            #expect(answers.map(\.content) == [.vote(.granted()), .vote(.refused), .vote(.granted()), .released, .vote(.granted())])
            #expect(node.changes == [true])
            #expect(try await server.cli("GET", "k") == other.wireForm)
        }
    }

    @Test("is dropped after the limit with all that was under way reported lost, and is back when it goes on")
    func dropped() async throws {
        try await withServerAndNode(options: Self.impatient) { server, node async throws in
            let token = LockToken.random()
            #expect(try await node.ask(.acquire("held", token)) == .vote(.granted()))
            // A slow machine may have needed several attempts.
            let before = node.changes
            server.pause()
            let requests: [TestNode.Request] = [
                .acquire("k", token), .fencedAcquire("f", token), .raise("f", token, fence: 1), .extend("held", token),
                .release("held", token),
                .release("k", token),
            ]
            let tickets = try await node.write(requests)
            let command = Task { try await node.client.command(["PING"], timeout: .seconds(60)) }
            try await eventually("the connection to be dropped") {
                try await node.sweep()
                return node.answers.count > 1
            }
            #expect(node.answers.dropFirst().map(\.ticket) == tickets)
            #expect(
                node.answers.dropFirst().map(\.content) == [
                    .vote(.unknown), .vote(.unknown), .vote(.unknown), .vote(.unknown), .releaseLost, .releaseLost,
                ])
            await #expect(throws: NodeFault(.stalled, "has not answered for 200 ms; the connection is made anew")) {
                try await command.value
            }
            try await eventually("the node to be announced down") { node.changes.dropFirst(before.count).first == false }

            // The kernel still accepts connections for it.
            try await node.waitForFault("the next attempt's fault") {
                $0.detail == "did not finish connecting within 1 s; it accepts connections and does not answer"
            }
            server.resume()
            try await node.waitUntilUp()
            #expect(try await node.fault == nil)
            #expect(try await node.ask(.acquire("after", token)) == .vote(.granted()))
            #expect(node.changes.last == true)
        }
    }

    @Test("is dropped only if it owes an answer")
    func idle() async throws {
        try await withServerAndNode(options: Self.impatient) { server, node async throws in
            let before = node.changes
            server.pause()
            for _ in 0..<40 {
                try await node.sweep()
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(node.changes == before)
            server.resume()
            #expect(try await node.client.command(["PING"], timeout: .seconds(30)) == .status("PONG"))
        }
    }

    @Test("gets no more requests than the limit, but releases still, and requests again once it has answered")
    func inFlightLimit() async throws {
        var options = NodeClientOptions.test
        options.inFlightLimit = 100
        try await withServerAndNode(options: options) { server, node async throws in
            server.pause()
            var written: [LockToken] = []
            // What an owner does who wants to write far more than may be in flight.
            for _ in 0..<10_000 where try await node.onLoop({ $0.room }) > 0 {
                let token = LockToken.random()
                written.append(token)
                try await node.write([.acquire("k\(written.count)", token)])
            }
            #expect(written.count == 100)
            #expect(
                try await node.fault == NodeFault(.overloaded, "has 100 requests unanswered and gets no more until it answers"))
            #expect(try await node.isUp)
            try await node.write(written.enumerated().map { .release("k\($0.offset + 1)", $0.element) })
            #expect(try await node.onLoop { $0.room } == 0)
            server.resume()
            let answers = try await node.waitForAnswers(200)
            #expect(answers[..<100].allSatisfy { $0.content == .vote(.granted()) })
            #expect(answers[100...].allSatisfy { $0.content == .released })
            #expect(try await node.onLoop { $0.room } > 0)
            #expect(try await server.cli("DBSIZE") == "0")
        }
    }
}
