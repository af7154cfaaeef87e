import Foundation
import Synchronization

/// A throw-away certificate authority of its own, made by the openssl command.
///
/// Certificates of two authorities do not trust each other. Any number may be made at once.
package final class CertificateAuthority: Sendable {
    /// The authority's own certificate: what a client that trusts it is to be given.
    package var certificatePath: String { directory.file("ca.pem") }

    private let openssl: Program
    private let directory: GuardedDirectory
    private let issued = Atomic(0)

    private init(_ openssl: Program, _ directory: GuardedDirectory) {
        self.openssl = openssl
        self.directory = directory
    }

    /// Makes an authority, valid for 30 days.
    package static func make() async throws -> CertificateAuthority {
        let openssl = try Program("openssl")
        let authority = CertificateAuthority(openssl, try await BlockingQueue().run { try GuardedDirectory() })
        let directory = authority.directory
        try directory.save(
            """
            [req]
            prompt = no
            distinguished_name = name
            [name]
            CN = swift-redlock throw-away authority
            [authority]
            basicConstraints = critical, CA:TRUE
            keyUsage = critical, keyCertSign, cRLSign
            subjectKeyIdentifier = hash

            """, as: "ca.conf")
        try await authority.makeKey("ca")
        _ = try await openssl.run([
            "req", "-x509", "-new", "-sha256", "-days", "30", "-config", directory.file("ca.conf"), "-extensions", "authority",
            "-key", directory.file("ca.key"), "-out", directory.file("ca.pem"),
        ])
        return authority
    }

    /// Makes a server's certificate for these names and IPv4 addresses.
    ///
    /// - Parameters:
    ///   - days: For how long it is valid.
    ///   - expired: Whether it ceased to be valid years ago instead.
    package func certificate(
        hosts: [String] = ["localhost", "127.0.0.1"], days: Int = 30, expired: Bool = false
    ) async throws -> Certificate {
        let names = hosts.map { host in
            host.allSatisfy { $0.isNumber || $0 == "." } ? "IP:\(host)" : "DNS:\(host)"
        }
        return try await issue(
            hosts.first ?? "nobody", ["extendedKeyUsage = serverAuth", "subjectAltName = \(names.joined(separator: ", "))"], days, expired)
    }

    /// Makes a client's certificate.
    ///
    /// - Parameter expired: Whether it ceased to be valid years ago; otherwise it is valid for 30 days.
    package func clientCertificate(name: String = "client", expired: Bool = false) async throws -> Certificate {
        try await issue(name, ["extendedKeyUsage = clientAuth"], 30, expired)
    }

    private func issue(_ commonName: String, _ extensions: [String], _ days: Int, _ expired: Bool) async throws -> Certificate {
        let number = issued.add(1, ordering: .relaxed).newValue
        let name = "issued\(number)"
        // openssl's own registry of what an authority issued would be shared; one for each certificate needs no lock.
        try directory.save("", as: "\(name).db")
        try directory.save(String(0x1000 + number, radix: 16), as: "\(name).serial")
        try directory.save(configuration(name, commonName, extensions), as: "\(name).conf")
        try await makeKey(name)
        _ = try await openssl.run([
            "req", "-new", "-sha256", "-config", directory.file("\(name).conf"), "-key", directory.file("\(name).key"),
            "-out", directory.file("\(name).csr"),
        ])
        let validity = expired ? ["-startdate", "20200101000000Z", "-enddate", "20200102000000Z"] : ["-days", "\(days)"]
        _ = try await openssl.run(
            ["ca", "-batch", "-notext", "-config", directory.file("\(name).conf"), "-in", directory.file("\(name).csr")]
                + ["-cert", certificatePath, "-keyfile", directory.file("ca.key"), "-out", directory.file("\(name).pem")] + validity)
        return Certificate(
            certificatePath: directory.file("\(name).pem"), keyPath: directory.file("\(name).key"), authorityPath: certificatePath,
            directory: directory)
    }

    private func configuration(_ name: String, _ commonName: String, _ extensions: [String]) -> String {
        """
        [req]
        prompt = no
        distinguished_name = name
        [name]
        CN = \(commonName)
        [ca]
        default_ca = authority
        [authority]
        database = \(directory.file(name)).db
        serial = \(directory.file(name)).serial
        new_certs_dir = \(directory.path)
        default_md = sha256
        policy = anything
        x509_extensions = extensions
        [anything]
        commonName = supplied
        [extensions]
        basicConstraints = critical, CA:FALSE
        keyUsage = critical, digitalSignature
        authorityKeyIdentifier = keyid
        \(extensions.joined(separator: "\n"))

        """
    }

    private func makeKey(_ name: String) async throws {
        let arguments = ["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", directory.file("\(name).key")]
        _ = try await openssl.run(arguments)
    }
}
