import Foundation
import Testing

@testable import RedlockServers

/// Certificates, judged by openssl and redis-cli against running servers.
@Suite(.timeLimit(.minutes(2)))
struct CertificateAuthorityTests {
    /// What openssl finds wrong with a server's certificate; "ok" when nothing.
    private func verdict(_ server: RedisServer, authority: String, host: String = "-verify_hostname localhost") async throws -> String {
        let arguments =
            ["s_client", "-connect", "127.0.0.1:\(server.port)", "-CAfile", authority, "-no-CApath", "-no-CAstore"]
            + host.split(separator: " ").map(String.init)
        let output = try await Program("openssl").run(arguments)
        let line = try #require(output.split(separator: "\n").first { $0.contains("Verify return code: ") })
        return String(try #require(line.split(separator: "(").last).dropLast())
    }

    private func tlsPing(_ server: RedisServer, _ arguments: [String]) async throws -> String {
        try await Program("redis-cli").run(["-h", "localhost", "-p", "\(server.port)", "--tls"] + arguments + ["PING"])
    }

    @Test("a server with a valid certificate is trusted by name and by address, and speaks only TLS")
    func valid() async throws {
        let authority = try await CertificateAuthority.make()
        try await withRedisServer(.init(tls: authority.certificate())) { server in
            #expect(try await verdict(server, authority: authority.certificatePath) == "ok")
            #expect(try await verdict(server, authority: authority.certificatePath, host: "-verify_ip 127.0.0.1") == "ok")
            #expect(try await tlsPing(server, ["--cacert", authority.certificatePath]) == "PONG")
            #expect(server.url == "rediss://localhost:\(server.port)?ca=\(authority.certificatePath)")
            await #expect(throws: RedisServerError.self) {
                try await Program("redis-cli").run(["-h", "127.0.0.1", "-p", "\(server.port)", "PING"])
            }
            #expect(try await server.cli("PING") == "PONG")
            await server.kill()
            try await server.restart()
            #expect(try await tlsPing(server, ["--cacert", authority.certificatePath]) == "PONG")
        }
    }

    @Test("an expired certificate, one for another host and one of another authority are not trusted")
    func invalid() async throws {
        let authority = try await CertificateAuthority.make()
        let stranger = try await CertificateAuthority.make()
        async let expired = authority.certificate(expired: true)
        async let elsewhere = authority.certificate(hosts: ["elsewhere.example", "10.1.2.3"])
        let fleet = try await RedisFleet.start([.init(tls: try expired), .init(tls: try elsewhere)])
        #expect(try await verdict(fleet[0], authority: authority.certificatePath) == "certificate has expired")
        await #expect(throws: RedisServerError.self) { try await tlsPing(fleet[0], ["--cacert", authority.certificatePath]) }
        #expect(try await verdict(fleet[1], authority: authority.certificatePath) == "hostname mismatch")
        #expect(
            try await verdict(fleet[1], authority: authority.certificatePath, host: "-verify_ip 127.0.0.1") == "IP address mismatch")
        #expect(try await verdict(fleet[1], authority: authority.certificatePath, host: "-verify_hostname elsewhere.example") == "ok")
        #expect(try await verdict(fleet[1], authority: stranger.certificatePath) != "ok")
        // For assertions about data both can be asked all the same.
        #expect(try await fleet[0].cli("PING") == "PONG")
        await fleet.stop()
    }

    @Test("a server that wants client certificates takes only those of its authority that are valid")
    func clientCertificates() async throws {
        let authority = try await CertificateAuthority.make()
        let stranger = try await CertificateAuthority.make()
        async let own = authority.clientCertificate()
        async let expired = authority.clientCertificate(name: "late", expired: true)
        async let foreign = stranger.clientCertificate()
        let refused = try await [expired, foreign]
        let accepted = try await own
        let options = RedisServer.Options(password: "secret", tls: try await authority.certificate(), requiresClientCertificate: true)
        try await withRedisServer(options) { server async throws in
            let trust = ["--cacert", authority.certificatePath, "--no-auth-warning", "-a", "secret"]
            #expect(
                try await tlsPing(server, trust + ["--cert", accepted.certificatePath, "--key", accepted.keyPath]) == "PONG")
            for certificate in refused {
                await #expect(throws: RedisServerError.self) {
                    try await tlsPing(server, trust + ["--cert", certificate.certificatePath, "--key", certificate.keyPath])
                }
            }
            await #expect(throws: RedisServerError.self) { try await tlsPing(server, trust) }
        }
    }

    @Test("the files live as long as a certificate does, and not longer")
    func files() async throws {
        var certificate: Certificate? = try await CertificateAuthority.make().certificate()
        let paths = try #require(certificate.map { [$0.certificatePath, $0.keyPath, $0.authorityPath] })
        #expect(paths.allSatisfy(FileManager.default.fileExists(atPath:)))
        certificate = nil
        #expect(try await ProcessTable.soon { !paths.contains(where: FileManager.default.fileExists(atPath:)) })
        #expect(certificate == nil)
    }
}
