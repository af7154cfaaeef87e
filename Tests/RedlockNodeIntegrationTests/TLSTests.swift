import RedlockCore
import RedlockNode
import RedlockServers
import Testing

/// What goes wrong with certificates is said by its cause. The server's word and the library's own differ from cause to
/// cause, so each is made to happen.
@Suite("TLS", .timeLimit(.minutes(2)))
struct TLSTests {
    private static let untrusted =
        "its certificate is not trusted: expired, not yet valid, or signed by another CA (give the right one with ?ca=FILE)"
    private static let otherName = "its certificate is for another name (set the right one with ?servername=NAME)"
    private static let noTLS = "it does not seem to speak TLS on this port (write redis:// if it does not)"

    /// A server with a certificate for these hosts.
    private func withTLS<Value>(
        _ authority: CertificateAuthority, hosts: [String] = ["localhost", "127.0.0.1"], expired: Bool = false,
        wantsClients: Bool = false, extra: [String] = [], _ body: (RedisServer) async throws -> Value
    ) async throws -> Value {
        let certificate = try await authority.certificate(hosts: hosts, expired: expired)
        return try await withRedisServer(.init(tls: certificate, requiresClientCertificate: wantsClients, extra: extra), body)
    }

    private func expectTLSFault(_ url: String, _ cause: String, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let fault = try await faultOfConnecting(to: url)
        #expect(fault == NodeFault(.tls, "refused or was refused by TLS: \(cause)"), sourceLocation: sourceLocation)
    }

    @Test("with the right CA it is up, by name and by address, and locks", arguments: ["localhost", "127.0.0.1"])
    func rightCA(host: String) async throws {
        let authority = try await CertificateAuthority.make()
        try await withTLS(authority) { server async throws in
            try await withNode("rediss://\(host):\(server.port)?ca=\(authority.certificatePath)") { node async throws in
                try await node.waitUntilUp()
                let token = LockToken.random()
                #expect(try await node.ask(.acquire("k", token)) == .vote(.granted()))
                #expect(try await server.cli("GET", "k") == token.wireForm)
                #expect(try await node.ask(.release("k", token)) == .released)
            }
        }
    }

    @Test("another CA than the certificate's, and none, are refused")
    func wrongCA() async throws {
        let (authority, other) = (try await CertificateAuthority.make(), try await CertificateAuthority.make())
        try await withTLS(authority) { server async throws in
            try await expectTLSFault("rediss://localhost:\(server.port)?ca=\(other.certificatePath)", Self.untrusted)
            // The system's roots do not know it either.
            try await expectTLSFault("rediss://localhost:\(server.port)", Self.untrusted)
        }
    }

    @Test("an expired certificate is refused")
    func expired() async throws {
        let authority = try await CertificateAuthority.make()
        try await withTLS(authority, expired: true) { server in try await expectTLSFault(server.url, Self.untrusted) }
    }

    @Test(
        "a certificate for another name or address is refused, whether one connects by name or by address",
        arguments: ["localhost", "127.0.0.1"])
    func wrongHost(host: String) async throws {
        let authority = try await CertificateAuthority.make()
        for certified in ["redis.example.com", "10.1.2.3"] {
            try await withTLS(authority, hosts: [certified]) { server async throws in
                try await expectTLSFault("rediss://\(host):\(server.port)?ca=\(authority.certificatePath)", Self.otherName)
            }
        }
    }

    @Test("servername is the name that is verified, instead of the host")
    func serverName() async throws {
        let authority = try await CertificateAuthority.make()
        try await withTLS(authority, hosts: ["redis.example.com"]) { server async throws in
            let url = "rediss://127.0.0.1:\(server.port)?ca=\(authority.certificatePath)"
            try await withNode("\(url)&servername=redis.example.com") { try await $0.waitUntilUp() }
            try await expectTLSFault("\(url)&servername=other.example.com", Self.otherName)
        }
        try await withTLS(authority, hosts: ["localhost"]) { server async throws in
            try await expectTLSFault("\(server.url)&servername=redis.example.com", Self.otherName)
        }
    }

    @Test("a plain URL for a TLS port says that TLS may be wanted")
    func plainToTLS() async throws {
        let authority = try await CertificateAuthority.make()
        try await withTLS(authority) { server async throws in
            let fault = try await faultOfConnecting(to: "redis://127.0.0.1:\(server.port)")
            #expect(fault.detail == "closed the connection while it was being set up; if it wants TLS on this port, write rediss://")
        }
    }

    @Test("a TLS URL for a plain port says that TLS may not be spoken there")
    func tlsToPlain() async throws {
        var options = NodeClientOptions.test
        options.connectTimeout = .milliseconds(500)
        let authority = try await CertificateAuthority.make()
        try await withRedisServer { server async throws in
            // Redis waits for the end of a line, which a client's first message has or has not by chance.
            let fault = try await faultOfConnecting(
                to: "rediss://127.0.0.1:\(server.port)?ca=\(authority.certificatePath)", options: options)
            #expect(fault.detail.hasSuffix(Self.noTLS))
        }
    }

    @Test(
        "a TLS URL for something else says that TLS may not be spoken there",
        arguments: [FakeServer.Behaviour.close, .say("HTTP/1.1 400 Bad Request\r\n\r\n"), .sayAndClose("-ERR\r\n"), .sayAndClose("")])
    func tlsToOther(behaviour: FakeServer.Behaviour) async throws {
        try await FakeServer.with(behaviour) { server async throws in
            let fault = try await faultOfConnecting(to: "rediss://127.0.0.1:\(server.port)")
            #expect(fault.kind == .tls)
            #expect(fault.detail.hasSuffix(Self.noTLS), "\(fault)")
        }
    }

    @Test("a server that wants a client certificate gets it", arguments: ["TLSv1.2", "TLSv1.3"])
    func clientCertificate(version: String) async throws {
        let (authority, other) = (try await CertificateAuthority.make(), try await CertificateAuthority.make())
        try await withTLS(authority, wantsClients: true, extra: ["tls-protocols \(version)"]) { server async throws in
            let good = try await authority.clientCertificate()
            try await withNode("\(server.url)&cert=\(good.certificatePath)&key=\(good.keyPath)") { node async throws in
                try await node.waitUntilUp()
                #expect(try await node.client.command(["PING"], timeout: .seconds(10)) == .status("PONG"))
            }
            try await expectTLSFault(server.url, "it wants a client certificate (?cert=FILE&key=FILE)")
            let strange = try await other.clientCertificate()
            try await expectTLSFault(
                "\(server.url)&cert=\(strange.certificatePath)&key=\(strange.keyPath)",
                "it does not know the CA of our client certificate (give another one with ?cert=FILE&key=FILE)")
            let old = try await authority.clientCertificate(expired: true)
            try await expectTLSFault(
                "\(server.url)&cert=\(old.certificatePath)&key=\(old.keyPath)",
                "our client certificate has expired (give another one with ?cert=FILE&key=FILE)")
        }
    }

    @Test("files that cannot be used are named before anything is connected to")
    func files() async throws {
        let authority = try await CertificateAuthority.make()
        let (one, other) = (try await authority.clientCertificate(), try await authority.clientCertificate())
        func detail(_ query: String) -> String? {
            let fault = #expect(throws: NodeFault.self) { try TestNode("rediss://localhost?\(query)") }
            #expect(fault?.kind == .tls)
            return fault?.detail
        }
        let unusable = "cannot be used over TLS: "
        for path in ["/nonexistent", "/dev/null", one.keyPath] {
            #expect(detail("ca=\(path)") == "\(unusable)\(path) is missing, unreadable or not PEM")
        }
        #expect(detail("cert=/nonexistent&key=\(one.keyPath)") == "\(unusable)/nonexistent is missing, unreadable or not PEM")
        #expect(detail("cert=\(one.certificatePath)&key=/nonexistent") == "\(unusable)/nonexistent is missing, unreadable or not PEM")
        #expect(
            detail("cert=\(one.keyPath)&key=\(one.certificatePath)") == "\(unusable)\(one.keyPath) is missing, unreadable or not PEM")
        #expect(
            detail("cert=\(one.certificatePath)&key=\(other.keyPath)")
                == "\(unusable)\(other.keyPath) is not the key of the certificate in \(one.certificatePath)")
    }

    @Test("a TLS server that is killed has closed the connection, and is no TLS error; it comes back")
    func killed() async throws {
        let authority = try await CertificateAuthority.make()
        try await withTLS(authority) { server async throws in
            var options = NodeClientOptions.test
            // Long enough to see the first fault before that of the next attempt.
            options.reconnect = RetrySchedule(base: .seconds(2), cap: .seconds(2))
            try await withNode(server.url, options: options) { node async throws in
                try await node.waitUntilUp()
                await server.kill()
                let fault = try await node.waitForFault { _ in true }
                #expect(fault == NodeFault(.notConnected, "closed the connection"))
                try await server.restart()
                try await node.waitUntilUp()
            }
        }
    }
}
