import ArgumentParser
import Foundation
import RedlockCore
import Testing

@testable import RedlockCLI

/// What a file says, and what is said about a file that is wrong. No node is asked.
@Suite("The configuration file")
struct ConfigurationFileTests {
    private static let directory = FileManager.default.temporaryDirectory

    private func read(_ text: String, _ environment: [String: String] = [:]) throws -> ConfigurationFile {
        try ConfigurationReader(path: "/etc/redlock.yaml", environment: environment).read(text)
    }

    @Test("YAML and JSON say the same, and secrets come from elsewhere")
    func bothForms() throws {
        let yaml = """
            # the lock nodes
            nodes:
              - redis://10.0.0.1
              - url: redis://10.0.0.2:7000/3
                user: locks
                password-env: SECOND
              - redis://:of-its-own@10.0.0.3
            password-env: COMMON
            max-ttl: 30s
            prefix: "locks:"
            drift: 0.02
            quarantine: false
            timeout: 300ms
            attempt-timeout: 200ms
            """
        let json = """
            {
            \t"nodes": ["redis://10.0.0.1",
            \t\t{"url": "redis://10.0.0.2:7000/3", "user": "locks", "password-env": "SECOND"}, "redis://:of-its-own@10.0.0.3"],
            \t"password-env": "COMMON", "max-ttl": "30s", "prefix": "locks:", "drift": 0.02, "quarantine": false,
            \t"timeout": "300ms", "attempt-timeout": "200ms"
            }
            """
        let environment = ["COMMON": "s3cret", "SECOND": "a/b@c: %ü"]
        let file = try read(yaml, environment)
        #expect(
            file.nodes == [
                "redis://:s3cret@10.0.0.1", "redis://locks:a%2Fb%40c%3A%20%25%C3%BC@10.0.0.2:7000/3", "redis://:of-its-own@10.0.0.3",
            ])
        #expect(file.maxTTL?.duration == .seconds(30) && file.prefix == "locks:" && file.quarantine == false)
        #expect(file.drift == DriftBound(partsPerMillion: 20_000))
        #expect(file.timeout?.duration == .milliseconds(300) && file.attemptTimeout?.duration == .milliseconds(200))
        #expect(try read(json, environment) == file)
    }

    @Test("TLS files are found beside the file, and the URL's own win")
    func tls() throws {
        let directory = Self.directory.appendingPathComponent("redlock-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: directory) }
        for name in ["ca.pem", "own.pem"] { try Data("x".utf8).write(to: directory.appendingPathComponent(name)) }
        try Data("s3cret\n".utf8).write(to: directory.appendingPathComponent("password"))
        let reader = ConfigurationReader(path: directory.appendingPathComponent("redlock.yaml").path, environment: [:])
        let file = try reader.read(
            """
            tls: {ca: ca.pem, server-name: locks.internal}
            password-file: password
            nodes: [rediss://a, "rediss://b?servername=b.internal"]
            """)
        let ca = directory.appendingPathComponent("ca.pem").path.replacing("/", with: "%2F")
        #expect(
            file.nodes == [
                "rediss://:s3cret@a?ca=\(ca)&servername=locks.internal", "rediss://:s3cret@b?servername=b.internal&ca=\(ca)",
            ])
    }

    @Test(
        "names file, line, key and remedy",
        arguments: [
            ("", "write at least"),
            ("- a", "yaml:1: the file is no list of keys"),
            ("nodes: []", "write a line for each"),
            ("nodes: [http://a]", "yaml:1: nodes[0] cannot be used: Redis URL: the scheme is unknown: write redis://"),
            ("nodes:\n  - redis://a\n  - {user: x}", "yaml:3: nodes[1] has no url"),
            ("nodez: [redis://a]", "there is no key nodez in the file; write one of nodes,"),
            ("password: s3cret", "write password-env: NAME or password-file: PATH"),
            ("user: bob", "user has no password"),
            ("password-env: NOT_SET", "names NOT_SET, which is not set; export it"),
            ("password-file: /nonexistent", "password-file is /nonexistent, which is not there"),
            ("password-env: A\npassword-file: b", "both there"),
            ("max-ttl: 60", "max-ttl is 60; write a number and a unit"),
            ("max-ttl: 25h", "max-ttl is 25h; it must be 10ms to 24h"),
            ("drift: 1%", "write  drift: 0.01"),
            ("drift: .nan", "drift is no number"),
            ("quarantine: perhaps", "neither true nor false"),
            ("tls: {ca: /nonexistent.pem}", "tls.ca is /nonexistent.pem"),
            (
                "tls: {server-name: x}\nnodes: [redis://a]",
                "yaml:1: tls is set and nodes[0] is redis://a:6379, without TLS; write rediss://"
            ),
            ("prefix: [a]", "prefix is no text"),
            ("a: [", "is neither YAML nor JSON"),
            ("drift: 0.1\ndrift: 0.2", "drift is there twice"),
            ("a: &x [*x]", "/etc/redlock.yaml"),
        ])
    func complains(text: String, hint: String) throws {
        let error = #expect(throws: ValidationError.self) { try read(text) }
        let message = error?.message ?? ""
        #expect(message.contains("/etc/redlock.yaml") && message.contains(hint), "\(message)")
        #expect(!message.contains("s3cret"))
    }

    @Test("a password beside a URL that cannot be used is not repeated")
    func hidesPassword() throws {
        let error = #expect(throws: ValidationError.self) { try read("nodes: [\"redis://user:s3cret@host:port\"]") }
        #expect(error?.message.contains("s3cret") == false)
    }

    @Test("the command line wins over the file, and the file it names over the environment", arguments: ["--config", "REDLOCK_CONFIG"])
    func order(by source: String) async throws {
        let file = Self.directory.appendingPathComponent("redlock-\(UUID().uuidString).yaml")
        defer { try? FileManager.default.removeItem(at: file) }
        // Nobody listens on port 1, so each node says at once which it is.
        try Data("nodes: [redis://127.0.0.1:1/7]\nmax-ttl: 5s\n".utf8).write(to: file)
        let options = source == "--config" ? ["--config", file.path] : []
        let variables = source == "--config" ? [:] : ["REDLOCK_CONFIG": file.path]

        let alone = try await Program(variables: variables).start(["status"] + options).end
        #expect(alone.status == 69 && alone.output.contains("redis://127.0.0.1:1/7"), "\(alone)")
        let beside = try await Program(nodes: ["redis://127.0.0.1:1/8"], variables: variables).start(["status"] + options).end
        #expect(beside.output.contains(source == "--config" ? "127.0.0.1:1/7" : "127.0.0.1:1/8"), "\(beside)")
        let named = try await Program(variables: variables).start(["status", "--node", "redis://127.0.0.1:1/9"] + options).end
        #expect(named.output.contains("127.0.0.1:1/9"), "\(named)")
        // Its max-ttl is looked at before any node is.
        let run = try await Program(variables: variables).start(["run", "x", "--ttl", "6s"] + options + ["--", "true"]).end
        #expect(run.status == 64 && run.errors.contains("--max-ttl"), "\(run)")
    }

    @Test("a file that is not there, and one that never ends")
    func unreadable() async throws {
        let missing = try await Program()("status", "--config", "/nonexistent/redlock.yaml")
        #expect(missing.status == 64 && missing.errors.contains("No such file"), "\(missing)")
        let endless = try await Program(variables: ["REDLOCK_CONFIG": "/dev/zero"])("status")
        #expect(endless.status == 64 && endless.errors.contains("larger than 1 MiB"), "\(endless)")
        #expect(missing.errors.split(separator: "\n").allSatisfy { $0.hasPrefix("redlock: ") })
    }
}
