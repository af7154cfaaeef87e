import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// Servers that are killed (SIGKILL) and come back, and scripts that are forgotten.
@Suite("A killed server", .timeLimit(.minutes(2)))
struct RestartTests {
    @Test("goes down and comes back up as another process that knows the scripts")
    func killAndRestart() async throws {
        try await withServerAndNode { server, node async throws in
            let before = try #require(try await node.onLoop(\.identity))
            await server.kill()
            try await node.waitForFault("the refusal of a new connection") {
                $0 == NodeFault(.notConnected, "cannot be reached: connection refused; is the server running, and is this the right port?")
            }
            #expect(node.changes.prefix(2) == [true, false])
            #expect(try await node.onLoop { $0.room } == 0)
            try await server.restart()
            try await node.waitUntilUp()
            let after = try #require(try await node.onLoop(\.identity))
            #expect(after.runID != before.runID)
            #expect(after.readAt > before.readAt)
            #expect(try await server.cli("INFO", "server").contains("run_id:\(after.runID)"))
            #expect(try await node.fault == nil)
            // Up is announced once for each connection, and down in between.
            #expect(node.changes.filter { $0 }.count == 2)
            #expect(node.changes.last == true)
            for script in LockScripts.all { #expect(try await server.cli("SCRIPT", "EXISTS", script.digest) == "1", "\(script.name)") }
            #expect(try await node.fence(.fencedAcquire("k", .random())) > 0)
        }
    }

    @Test("loses what was under way, and nothing of it is sent again")
    func lost() async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            server.pause()
            let tickets = try await node.write([.acquire("k", token), .release("other", token), .fencedAcquire("f", token)])
            await server.kill()
            let answers = try await node.waitForAnswers(3)
            #expect(answers.map(\.ticket) == tickets)
            #expect(answers.map(\.content) == [.vote(.unknown), .releaseLost, .vote(.unknown)])
            try await server.restart()
            try await node.waitUntilUp()
            #expect(try await node.client.command(["PING"], timeout: .seconds(30)) == .status("PONG"))
            #expect(node.answers.count == 3)
            #expect(try await server.cli("DBSIZE") == "0")
        }
    }

    @Test("joins later when it is down at the start")
    func downAtStart() async throws {
        try await withRedisServer { server async throws in
            await server.kill()
            try await withNode(server.url) { node async throws in
                let fault = await #expect(throws: NodeFault.self) { try await node.client.waitUntilUp() }
                #expect(fault?.kind == .notConnected)
                #expect(node.changes.first == false)
                try await server.restart()
                try await node.waitUntilUp()
                #expect(try await node.ask(.acquire("k", .random())) == .vote(.granted()))
            }
        }
    }

    @Test("after SCRIPT FLUSH the node says that a script is missing and has done nothing; sent in full it is known again")
    func scriptFlush() async throws {
        try await withServerAndNode { server, node async throws in
            let token = LockToken.random()
            let requests: [TestNode.Request] = [
                .fencedAcquire("k", token), .raise("k", token, fence: 5), .extend("k", token), .release("k", token),
            ]
            _ = try await server.cli("SCRIPT", "FLUSH")
            for request in requests { #expect(try await node.ask(request) == .missingScript) }
            #expect(try await server.cli("DBSIZE") == "0")
            // Without fencing an acquire needs none.
            #expect(try await node.ask(.acquire("plain", token)) == .vote(.granted()))

            #expect(try await node.fence(requests[0].inFull) > 0)
            #expect(try await node.ask(requests[1].inFull) == .vote(.granted()))
            #expect(try await node.ask(requests[2].inFull) == .vote(.granted()))
            #expect(try await node.ask(requests[3].inFull) == .released)
            for script in LockScripts.all { #expect(try await server.cli("SCRIPT", "EXISTS", script.digest) == "1", "\(script.name)") }
            #expect(try await node.fence(requests[0]) > 0)
            #expect(node.changes == [true])
        }
    }

    @Test("a connection that the server closes alone is made again to the same process")
    func clientKill() async throws {
        try await withServerAndNode { server, node async throws in
            let before = try #require(try await node.onLoop(\.identity))
            _ = try await server.cli("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
            try await eventually("down and up again") { node.changes.filter { $0 }.count == 2 }
            let after = try #require(try await node.onLoop(\.identity))
            #expect(after.runID == before.runID)
            #expect(after.readAt > before.readAt)
            #expect(node.changes == [true, false, true])
        }
    }

    @Test("the connection goes by its name in CLIENT LIST")
    func clientName() async throws {
        var options = NodeClientOptions.test
        options.clientName = "redlock-test"
        try await withServerAndNode(options: options) { server, _ async throws in
            #expect(try await server.cli("CLIENT", "LIST").contains("name=redlock-test "))
        }
    }
}
