import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// Commands for tools that look at a node.
@Suite("Plain commands", .timeLimit(.minutes(2)))
struct PlainCommandTests {
    @Test("a reply of any kind is a value, an error too")
    func replies() async throws {
        try await withServerAndNode { _, node async throws in
            func run(_ arguments: String...) async throws -> RESPValue { try await node.client.command(arguments, timeout: .seconds(30)) }
            #expect(try await run("PING") == .status("PONG"))
            #expect(try await run("GET", "none") == .null)
            #expect(try await run("INCR", "n") == .integer(1))
            #expect(try await run("MGET", "n", "none") == .array([.bulk(Array("1".utf8)), .null]))
            guard case .error(let text) = try await run("INCR") else { return #expect(Bool(false), "no error") }
            #expect(text.hasPrefix("ERR wrong number of arguments"))
            let bytes: [UInt8] = [0, 255, 13, 10]
            #expect(try await node.client.command(bytes: [Array("ECHO".utf8), bytes], timeout: .seconds(30)) == .bulk(bytes))
        }
    }

    @Test("one that is not answered in time is given up; the connection stays, and its late reply goes to nobody")
    func timeout() async throws {
        try await withServerAndNode { server, node async throws in
            server.pause()
            for _ in 0..<3 {
                await #expect(throws: NodeFault(.timedOut, "did not answer within 50 ms")) {
                    try await node.client.command(["ECHO", "first"], timeout: .milliseconds(50))
                }
            }
            async let second = node.client.command(["ECHO", "second"], timeout: .seconds(60))
            let ticket = try await node.write([.acquire("k", .random())])[0]
            server.resume()
            #expect(try await second == .bulk(Array("second".utf8)))
            #expect(try await node.waitForAnswers(1) == [try #require(node.answers.first)])
            #expect(node.answers.map(\.ticket) == [ticket])
            #expect(node.answers.map(\.content) == [.vote(.granted())])
            #expect(try await node.client.command(["ECHO", "third"], timeout: .seconds(60)) == .bulk(Array("third".utf8)))
            #expect(node.changes == [true])
        }
    }

    @Test("closing fails what is under way at once, and what comes after")
    func close() async throws {
        try await withServerAndNode { server, node async throws in
            let closed = NodeFault(.closed, "was closed by this program")
            server.pause()
            let tickets = try await node.write([.acquire("k", .random()), .release("k", .random())])
            let command = Task { try await node.client.command(["PING"], timeout: .seconds(60)) }
            // So that it is under way; if it is not yet, it fails with the same words.
            try await Task.sleep(for: .milliseconds(50))
            node.client.close()
            await #expect(throws: closed) { try await command.value }
            #expect(try await node.waitForAnswers(2).map(\.ticket) == tickets)
            #expect(node.answers.map(\.content) == [.vote(.unknown), .releaseLost])
            await #expect(throws: closed) { try await node.client.command(["PING"]) }
            await #expect(throws: closed) { try await node.client.waitUntilUp() }
            node.client.close()
            #expect(try await node.fault == closed)
            #expect(try await node.onLoop { $0.room } == 0)
        }
    }

    @Test("closing while a connection is being made ends those who wait for it")
    func closeWhileConnecting() async throws {
        try await FakeServer.with(.silence) { server async throws in
            try await withNode(server.url) { node async throws in
                try await eventually("a connection") { server.accepted == 1 }
                let up = Task { try await node.client.waitUntilUp() }
                try await Task.sleep(for: .milliseconds(20))
                node.client.close()
                await #expect(throws: NodeFault(.closed, "was closed by this program")) { try await up.value }
                // It is not tried again: bounded, as one cannot wait for nothing.
                try await Task.sleep(for: .milliseconds(200))
                #expect(server.accepted == 1)
            }
        }
    }

    @Test("without a connection a command fails at once, and says why there is none")
    func notConnected() async throws {
        let node = try TestNode("redis://127.0.0.1:1")
        await #expect(throws: NodeFault(.notConnected, "is not connected yet")) { try await node.client.command(["PING"]) }
        node.client.close()
    }
}
