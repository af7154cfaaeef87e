import RedlockCore
import Testing

@testable import RedlockNode

@Suite("Handshake", .timeLimit(.minutes(1)))
struct HandshakeTests {
    private static let info = """
        # Server\r
        redis_version:7.0.15\r
        redis_mode:standalone\r
        run_id:5f0c4f2a4b6d0b6f5c0e2b1a9d8c7e6f5a4b3c2d\r
        tcp_port:6379\r
        uptime_in_seconds:86400\r
        executable:/usr/bin/redis-server:x\r
        \r
        # Memory\r
        maxmemory_policy:allkeys-lru\r
        # Replication\r
        role:master\r
        connected_slaves:2\r

        """

    private static func handshake(_ url: String = "redis://h") throws -> Handshake {
        Handshake(endpoint: try NodeEndpoint(url), clientName: "test")
    }

    /// Everything as it should be, for a URL without a password and a database.
    private static let good: [RESPValue] =
        [.status("OK"), .bulk(info), .error("ERR This instance has cluster support disabled")] + LockScripts.all.map { .bulk($0.digest) }

    /// Takes the replies, the n'th of them replaced; answers with the identity or throws what the handshake throws.
    private static func take(_ replies: [RESPValue], url: String = "redis://h") throws -> ServerIdentity? {
        var handshake = try handshake(url)
        var identity: ServerIdentity?
        for (index, reply) in replies.enumerated() {
            identity = try handshake.receive(reply, at: Instant(nanoseconds: Int64(index)))
            // It is done with the last reply, and not before.
            if index < good.count - 1 { try #require(identity == nil) }
        }
        return identity
    }

    private static func good(replacing index: Int, by reply: RESPValue) -> [RESPValue] {
        var replies = good
        replies[index] = reply
        return replies
    }

    @Test("it asks for what the URL says and nothing more")
    func commands() throws {
        func texts(_ url: String) throws -> [String] {
            try Self.handshake(url).commands.map { $0.map { String(decoding: $0, as: UTF8.self) }.joined(separator: " ") }
        }
        let always = ["CLIENT SETNAME test", "INFO", "CLUSTER NODES"] + LockScripts.all.map { "SCRIPT LOAD \($0.source)" }
        #expect(try texts("redis://h") == always)
        #expect(try texts("redis://h/0") == always)
        #expect(try texts("redis://h/3") == ["SELECT 3"] + always)
        #expect(try texts("redis://:p%20w@h/3") == ["AUTH p w", "SELECT 3"] + always)
        #expect(try texts("redis://me:p%20w@h") == ["AUTH me p w"] + always)
    }

    @Test("with the last reply the server is known, as of when INFO came")
    func identity() throws {
        let identity = try #require(try Self.take(Self.good))
        #expect(identity.runID == "5f0c4f2a4b6d0b6f5c0e2b1a9d8c7e6f5a4b3c2d")
        #expect(identity.uptimeSeconds == 86_400)
        #expect(identity.version == "7.0.15")
        #expect(identity.flavour == "redis")
        #expect(identity.mode == "standalone")
        #expect(identity.role == "master")
        #expect(identity.maxmemoryPolicy == "allkeys-lru")
        #expect(identity.replicas == 2)
        #expect(identity.readAt == Instant(nanoseconds: 1))
    }

    @Test("a Sentinel, which has no scripts, is refused for what it is")
    func sentinel() throws {
        var replies = Self.good(replacing: 1, by: .bulk(Self.info.replacing("redis_mode:standalone", with: "redis_mode:sentinel")))
        replies[3] = .error("ERR unknown command 'SCRIPT'")
        #expect(throws: NodeFault.self) { try Self.take(replies) }
        do { _ = try Self.take(replies) } catch let fault as NodeFault {
            #expect(fault.kind == .unfit && fault.detail.contains("Sentinel"), "\(fault)")
        }
    }

    @Test("Valkey is known by its own version and mode")
    func valkey() throws {
        let info = "redis_version:7.2.4\nserver_name:valkey\nvalkey_version:8.1.0\nserver_mode:cluster\nrun_id:a\nuptime_in_seconds:0\n"
        let identity = try #require(try Self.take(Self.good(replacing: 1, by: .bulk(info))))
        #expect(identity.version == "8.1.0")
        #expect(identity.flavour == "valkey")
        #expect(identity.mode == "cluster")
    }

    @Test(
        "A node of a Cluster is counted the slots it keeps; whoever does not tell them is not believed to have any",
        arguments: [
            (RESPValue.bulk("a 127.0.0.1:1@2 myself,master - 0 0 1 connected 0-16383\n"), 16_384),
            (.bulk("b h:1@2 master - 0 0 1 connected 0-99\r\na h:2@3,name myself,master - 0 0 1 connected 100 200-16383\r\n"), 16_185),
            (.bulk("a :1@2 myself,master - 0 0 1 connected 0-16383 [93->-b] [94-<-b]"), 16_383),
            (.bulk("a :1@2 myself,master - 0 0 0 connected\n"), 0),
            (.bulk("a :1@2 notmyself,master - 0 0 0 connected 0-16383\n"), 0),
            (.bulk("a :1@2 myself,master - 0 0 0 connected 5-3 99999 -1 x-y - 0-1-2 0-9223372036854775807"), 0), (.bulk(""), 0),
            (.bulk("a :1@2 myself - 0 0 0 connected [1->-b]"), 0),
            (.error("NOPERM this user has no permissions to run the 'cluster|nodes' command"), nil), (.integer(16_384), nil), (.null, nil),
        ] as [(RESPValue, Int?)])
    func slots(reply: RESPValue, served: Int?) throws {
        var replies = Self.good(replacing: 2, by: reply)
        #expect(try #require(try Self.take(replies)).servedSlots == nil, "slots are nothing to a standalone server")
        replies[1] = .bulk("redis_version:7.0.15\nredis_mode:cluster\nrun_id:a\nuptime_in_seconds:0\n")
        #expect(try #require(try Self.take(replies)).servedSlots == served)
    }

    @Test(
        "INFO that does not say which process answers is refused",
        arguments: [
            RESPValue.bulk(""), .bulk("redis_version:7\r\nuptime_in_seconds:5\r\n"), .bulk("run_id:a\r\n"),
            .bulk("run_id:a\r\nuptime_in_seconds:-1\r\n"),
            .bulk("run_id:a\r\nuptime_in_seconds:soon\r\n"), .bulk("#run_id:a\r\nuptime_in_seconds:1\r\n"), .bulk([0xFF, 0xFE]), .null,
            .integer(1),
            .array([]), .status("OK"),
        ])
    func infoWithoutIdentity(reply: RESPValue) {
        let fault = #expect(throws: NodeFault.self) { try Self.take(Self.good(replacing: 1, by: reply)) }
        #expect(fault?.kind == .protocolViolation)
        #expect(fault?.detail.hasPrefix("does not say run_id and uptime in INFO, so it is not Redis or Valkey, or a proxy") == true)
    }

    struct Failure: Sendable, CustomTestStringConvertible {
        let url: String
        let step: Int
        let error: String
        let kind: NodeFault.Kind
        let detail: String
        var testDescription: String { "\(url), reply \(step): \(error)" }
    }

    private static let failures = [
        Failure(
            url: "redis://:pw@h", step: 0, error: "WRONGPASS invalid username-password pair or user is disabled.", kind: .denied,
            detail: "does not accept this user and password (WRONGPASS invalid username-password pair or user is disabled.)"),
        Failure(
            url: "redis://:pw@h", step: 0, error: "ERR AUTH <password> called without any password configured for the default user.",
            kind: .denied,
            detail:
                "does not accept this user and password "
                + "(ERR AUTH <password> called without any password configured for the default user.)"),
        Failure(
            url: "redis://h/9", step: 0, error: "ERR DB index is out of range", kind: .denied,
            detail: "has no database 9 (ERR DB index is out of range)"),
        Failure(
            url: "redis://h/9", step: 0, error: "NOAUTH Authentication required.", kind: .denied,
            detail: "wants a password (NOAUTH Authentication required.); write it in the URL as redis://:PASSWORD@host"),
        Failure(
            url: "redis://h", step: 1, error: "NOAUTH Authentication required.", kind: .denied,
            detail: "wants a password (NOAUTH Authentication required.); write it in the URL as redis://:PASSWORD@host"),
        Failure(
            url: "redis://h", step: 1, error: "LOADING Redis is loading the dataset in memory", kind: .notServing,
            detail: "is still loading its data (LOADING Redis is loading the dataset in memory); it joins when it is done"),
        Failure(
            url: "redis://h", step: 1, error: "NOPERM this user has no permissions to run the 'info' command", kind: .denied,
            detail: "does not answer INFO (NOPERM this user has no permissions to run the 'info' command); grant the user +info"),
        Failure(
            url: "redis://h", step: 4, error: "NOPERM this user has no permissions to run the 'script|load' command", kind: .denied,
            detail:
                "does not take scripts (NOPERM this user has no permissions to run the 'script|load' command); grant the user +@scripting"),
        Failure(
            url: "redis://h", step: 0, error: "DENIED Redis is running in protected mode", kind: .denied,
            detail:
                "is in protected mode (DENIED Redis is running in protected mode); "
                + "give it a password, or bind it to addresses of a private network"
        ),
        Failure(
            url: "redis://h", step: 0, error: "ERR max number of clients reached", kind: .notServing,
            detail: "has as many clients as it takes (ERR max number of clients reached); raise maxclients"),
    ]

    @Test("a refusal says which step it was and what to do", arguments: failures)
    func refusals(failure: Failure) throws {
        let extra = failure.url == "redis://h" ? 0 : 1
        var replies = [RESPValue](repeating: .status("OK"), count: extra) + Self.good
        replies[failure.step] = .error(failure.error)
        let fault = #expect(throws: NodeFault.self) { try Self.take(replies, url: failure.url) }
        #expect(fault == NodeFault(failure.kind, failure.detail))
    }

    @Test("the password is in no fault, though the server repeats it")
    func passwordIsNotShown() throws {
        let reply = RESPValue.error("ERR unknown command 'AUTH', with args beginning with: 'pw-secret' ")
        let fault = #expect(throws: NodeFault.self) { try Self.take([reply], url: "redis://:pw-secret@h") }
        #expect(fault?.detail == "does not accept this user and password (ERR unknown command 'AUTH')")
    }

    @Test("a name in CLIENT LIST is not worth a connection")
    func nameIsOptional() throws {
        let reply = RESPValue.error("NOPERM this user has no permissions to run the 'client|setname' command")
        #expect(try Self.take(Self.good(replacing: 0, by: reply)) != nil)
    }

    @Test("a script known by another digest is refused, and so is anything but a digest", arguments: 3..<7)
    func wrongDigest(step: Int) {
        let script = LockScripts.all[step - 3]
        for reply in [
            RESPValue.bulk(String(repeating: "0", count: 40)), .bulk(script.digest.uppercased()), .status("OK"), .null, .integer(1),
        ] {
            let fault = #expect(throws: NodeFault.self) { try Self.take(Self.good(replacing: step, by: reply)) }
            #expect(fault == NodeFault(.protocolViolation, "knows the \(script.name) script by another digest than SHA-1 gives"))
        }
    }

    @Test("a reply too many is a reply to nothing")
    func surplus() {
        let fault = #expect(throws: NodeFault.self) { try Self.take(Self.good + [.status("OK")]) }
        #expect(fault?.detail == "sent a reply to nothing")
    }

    @Test("INFO is read line by line up to the first colon")
    func serverInfo() {
        let info = ServerInfo("# Server\r\na:1\r\nb:x:y\r\nempty:\r\nno colon\r\n#c:2\n\nd:3")
        #expect(["a", "b", "empty", "no colon", "c", "#c", "d"].map { info[$0] } == ["1", "x:y", "", nil, nil, nil, "3"])
    }
}
