import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// What is at the other end is not Redis, or nothing at all. Every attempt ends, with a reason.
@Suite("Odd servers", .timeLimit(.minutes(2)))
struct OddServerTests {
    private static var impatient: NodeClientOptions {
        var options = NodeClientOptions.test
        options.connectTimeout = .milliseconds(300)
        return options
    }

    @Test(
        "what is not RESP is said to be not RESP",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "220 mail.example.com ESMTP\r\n", "SSH-2.0-OpenSSH_9.2\r\n",
            "\u{15}\u{3}\u{3}\0\u{2}\u{2}\n",
            "*1000000000\r\n", "$-5\r\n", String(repeating: "*1\r\n", count: 1_000),
        ])
    func garbage(text: String) async throws {
        for behaviour in [FakeServer.Behaviour.say(text), .sayAndClose(text)] {
            try await FakeServer.with(behaviour) { server async throws in
                let fault = try await faultOfConnecting(to: server.url)
                #expect(fault.kind == .protocolViolation)
                #expect(fault.detail.hasPrefix("sent "))
            }
        }
    }

    @Test(
        "RESP that is not Redis' is said to be not Redis",
        arguments: [
            "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n+OK\r\n", "$-1\r\n$-1\r\n", "+OK\r\n$13\r\nrun_id:abc\r\nx\r\n",
            "+OK\r\n*0\r\n",
        ])
    func notRedis(text: String) async throws {
        try await FakeServer.with(.say(text)) { server async throws in
            let fault = try await faultOfConnecting(to: server.url)
            #expect(
                fault
                    == NodeFault(
                        .protocolViolation,
                        "does not say run_id and uptime in INFO, so it is not Redis or Valkey, or a proxy stands before it"))
        }
    }

    @Test("a reply to nothing is a violation")
    func surplus() async throws {
        let info = "run_id:a\r\nuptime_in_seconds:1\r\n"
        let digests = LockScripts.all.map { "$40\r\n\($0.digest)\r\n" }.joined()
        let greeting = "+OK\r\n$\(info.utf8.count)\r\n\(info)\r\n-ERR This instance has cluster support disabled\r\n\(digests)"
        try await FakeServer.with(.say(greeting)) { server async throws in
            try await withNode(server.url) { try await $0.waitUntilUp() }
        }
        try await FakeServer.with(.say(greeting + "+OK\r\n")) { server async throws in
            try await withNode(server.url) { node async throws in
                try await node.waitForFault { $0 == NodeFault(.protocolViolation, "sent a reply to nothing") }
                #expect(node.changes.contains(false))
            }
        }
    }

    @Test("one that accepts and says nothing is given up in time, and tried again")
    func silence() async throws {
        try await FakeServer.with(.silence) { server async throws in
            try await withNode(server.url, options: Self.impatient) { node async throws in
                let fault = await #expect(throws: NodeFault.self) { try await node.client.waitUntilUp() }
                #expect(
                    fault
                        == NodeFault(
                            .notConnected, "did not finish connecting within 300 ms; it accepts connections and does not answer"))
                try await eventually("another attempt") { server.accepted > 1 }
            }
        }
    }

    @Test("one that closes at once has closed the connection, and is tried again")
    func closes() async throws {
        try await FakeServer.with(.close) { server async throws in
            try await withNode(server.url) { node async throws in
                let fault = await #expect(throws: NodeFault.self) { try await node.client.waitUntilUp() }
                #expect(fault?.kind == .notConnected)
                #expect(fault?.detail.hasPrefix("closed the connection") == true, "\(fault?.detail ?? "")")
                try await eventually("another attempt") { server.accepted > 2 }
                #expect(node.changes.allSatisfy { !$0 })
            }
        }
    }

    @Test("a port on which nobody listens refuses")
    func refused() async throws {
        try await withRedisServer { server async throws in
            // Killed, it keeps its port to itself.
            await server.kill()
            let fault = try await faultOfConnecting(to: server.url)
            #expect(
                fault
                    == NodeFault(.notConnected, "cannot be reached: connection refused; is the server running, and is this the right port?")
            )
        }
    }

    @Test("a name that does not exist is named")
    func unresolvable() async throws {
        let fault = try await faultOfConnecting(to: "redis://nonexistent.invalid:6379")
        // A resolver that does not answer takes its time; then it is that.
        #expect(
            fault == NodeFault(.notConnected, "has a name that cannot be resolved (nonexistent.invalid); check its spelling and the DNS")
                || fault.detail == "did not finish connecting within 10 s")
    }

    @Test("over a unix socket it is up, and a socket that is not there is said not to be there")
    func unixSocket() async throws {
        try await withRedisServer { server async throws in
            let url = "redis+unix://\(server.unixSocketPath)"
            try await withNode(url) { node async throws in
                try await node.waitUntilUp()
                #expect(try await node.fence(.fencedAcquire("k", .random())) > 0)
                #expect(try await server.cli("EXISTS", "k") == "1")
                await server.kill()
                try await node.waitForFault { $0.detail.hasPrefix("cannot be reached: ") }
                try await server.restart()
                try await node.waitUntilUp()
            }
        }
        let fault = try await faultOfConnecting(to: "redis+unix:///nonexistent/redis.sock")
        #expect(fault == NodeFault(.notConnected, "cannot be reached: there is no such socket file; is the server running?"))
    }

    @Test("localhost is found by whichever of its addresses somebody listens on")
    func localhost() async throws {
        try await withRedisServer { server async throws in
            try await withNode("redis://localhost:\(server.port)") { try await $0.waitUntilUp() }
        }
    }
}
