import RedlockNode
import Testing

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

@Suite("NodeEndpoint")
struct NodeEndpointTests {
    // MARK: - What is accepted

    /// A URL and all that is to be read from it.
    struct Good: Sendable, CustomTestStringConvertible {
        let url: String
        let address: NodeEndpoint.Address
        var database = 0
        var user: String?
        var password: String?
        var isTLS = false
        var ca: String?
        var certificate: String?
        var key: String?
        var serverName: String?
        /// The description.
        let shown: String

        var testDescription: String { url.debugDescription }
    }

    /// A URL with a host, which is also what most of them differ in.
    private static func host(
        _ url: String, _ host: String, _ port: Int = 6379, database: Int = 0, user: String? = nil, password: String? = nil,
        shown: String
    ) -> Good {
        Good(url: url, address: .host(host, port: port), database: database, user: user, password: password, shown: shown)
    }

    /// A host name of 253 bytes.
    private static let longestName = String(repeating: String(repeating: "a", count: 62) + ".", count: 4) + "b"

    private static let hosts: [Good] = [
        host("redis://10.0.0.1", "10.0.0.1", shown: "redis://10.0.0.1:6379"),
        host("redis://10.0.0.1/", "10.0.0.1", shown: "redis://10.0.0.1:6379"),
        host("redis://10.0.0.1:7000/2", "10.0.0.1", 7000, database: 2, shown: "redis://10.0.0.1:7000/2"),
        host("redis://255.255.255.255:65535", "255.255.255.255", 65535, shown: "redis://255.255.255.255:65535"),
        host("redis://h:1/0", "h", 1, shown: "redis://h:1"),
        host("redis://h:00001/007", "h", 1, database: 7, shown: "redis://h:1/7"),
        host("redis://h/2147483647", "h", database: 2_147_483_647, shown: "redis://h:6379/2147483647"),
        host("REDIS://Redis-1.Example.COM", "redis-1.example.com", shown: "redis://redis-1.example.com:6379"),
        host("valkey://h", "h", shown: "redis://h:6379"),
        host("Valkey://h", "h", shown: "redis://h:6379"),
        host("redis://lock_node-1", "lock_node-1", shown: "redis://lock_node-1:6379"),
        host("redis://example.com.", "example.com.", shown: "redis://example.com.:6379"),
        host("redis://\(longestName)", longestName, shown: "redis://\(longestName):6379"),
        host("redis://\(longestName).", longestName + ".", shown: "redis://\(longestName).:6379"),
        host("redis://%6cocal%48ost", "localhost", shown: "redis://localhost:6379"),
        host("redis://1host.2x", "1host.2x", shown: "redis://1host.2x:6379"),
        host("redis://xn--bcher-kva.example", "xn--bcher-kva.example", shown: "redis://xn--bcher-kva.example:6379"),
        host("redis://[::1]", "::1", shown: "redis://[::1]:6379"),
        host("redis://[::]:7000", "::", 7000, shown: "redis://[::]:7000"),
        host("redis://[2001:DB8::A]:7000/3", "2001:db8::a", 7000, database: 3, shown: "redis://[2001:db8::a]:7000/3"),
        host("redis://[1:2:3:4:5:6:7:8]", "1:2:3:4:5:6:7:8", shown: "redis://[1:2:3:4:5:6:7:8]:6379"),
        host("redis://[1:2:3:4:5:6:7::]", "1:2:3:4:5:6:7::", shown: "redis://[1:2:3:4:5:6:7::]:6379"),
        host("redis://[::ffff:10.0.0.1]", "::ffff:10.0.0.1", shown: "redis://[::ffff:10.0.0.1]:6379"),
        host("redis://[FE80::1%25Eth0]:1", "fe80::1%Eth0", 1, shown: "redis://[fe80::1%25Eth0]:1"),
    ]

    private static let credentials: [Good] = [
        host("redis://:pw@h", "h", password: "pw", shown: "redis://h:6379"),
        host("redis://alice:pw@h:1/2", "h", 1, database: 2, user: "alice", password: "pw", shown: "redis://h:1/2"),
        host("redis://:a:b::c@h", "h", password: "a:b::c", shown: "redis://h:6379"),
        host("redis://a%3Ab:c%40d%2Fe%3ff%23g%25@h", "h", user: "a:b", password: "c@d/e?f#g%", shown: "redis://h:6379"),
        host("redis://%C3%A9ve:%F0%9F%94%92@h", "h", user: "éve", password: "🔒", shown: "redis://h:6379"),
        host("redis://éve:🔒@h", "h", user: "éve", password: "🔒", shown: "redis://h:6379"),
        host("redis://:a+b%20c@h", "h", password: "a+b c", shown: "redis://h:6379"),
        host("redis://:[]!$&'()*,;=\"<>^`{|}\\@h", "h", password: "[]!$&'()*,;=\"<>^`{|}\\", shown: "redis://h:6379"),
        host("redis://:pw@[::1]:1", "::1", 1, password: "pw", shown: "redis://[::1]:1"),
        // A combining mark makes one Character with the delimiter before it, and is still only a byte of the password.
        host("redis://u:\u{301}pw@h", "h", user: "u", password: "\u{301}pw", shown: "redis://h:6379"),
    ]

    private static let tls: [Good] = [
        Good(url: "rediss://h", address: .host("h", port: 6379), isTLS: true, shown: "rediss://h:6379"),
        Good(url: "VALKEYS://h:1/2", address: .host("h", port: 1), database: 2, isTLS: true, shown: "rediss://h:1/2"),
        Good(url: "rediss://h?ca=ca.pem", address: .host("h", port: 6379), isTLS: true, ca: "ca.pem", shown: "rediss://h:6379"),
        Good(
            url: "rediss://u:pw@10.0.0.1:1/2?key=/etc/k%20y.pem&servername=Redis.Example&ca=/a?b=c&cert=/%40.pem",
            address: .host("10.0.0.1", port: 1), database: 2, user: "u", password: "pw", isTLS: true,
            ca: "/a?b=c", certificate: "/@.pem", key: "/etc/k y.pem", serverName: "redis.example", shown: "rediss://10.0.0.1:1/2"),
    ]

    private static let sockets: [Good] = [
        Good(url: "redis+unix:///run/redis.sock", address: .unixSocket(path: "/run/redis.sock"), shown: "redis+unix:///run/redis.sock"),
        Good(url: "Unix:///Run/R.sock", address: .unixSocket(path: "/Run/R.sock"), shown: "redis+unix:///Run/R.sock"),
        Good(url: "redis+unix:///s?db=1", address: .unixSocket(path: "/s"), database: 1, shown: "redis+unix:///s"),
        Good(url: "redis+unix://:pw@/s", address: .unixSocket(path: "/s"), password: "pw", shown: "redis+unix:///s"),
        Good(
            url: "unix://u:pw@/s?db=15", address: .unixSocket(path: "/s"), database: 15, user: "u", password: "pw",
            shown: "redis+unix:///s"),
        Good(url: "redis+unix:////s//t", address: .unixSocket(path: "//s//t"), shown: "redis+unix:////s//t"),
        Good(
            url: "redis+unix:///a%20b%3F%23%40%25é\u{202E}:", address: .unixSocket(path: "/a b?#@%é\u{202E}:"),
            shown: "redis+unix:///a%20b%3F%23%40%25%C3%A9%E2%80%AE:"),
        Good(
            url: "redis+unix:///" + String(repeating: "s", count: 102),
            address: .unixSocket(path: "/" + String(repeating: "s", count: 102)),
            shown: "redis+unix:///" + String(repeating: "s", count: 102)),
    ]

    @Test("reads a good URL", arguments: hosts + credentials + tls + sockets)
    func accepts(good: Good) throws {
        let endpoint = try NodeEndpoint(good.url)
        #expect(endpoint.address == good.address)
        #expect(endpoint.database == good.database)
        #expect(endpoint.credentials?.user == good.user)
        #expect(endpoint.credentials?.password == good.password)
        #expect((endpoint.tls != nil) == good.isTLS)
        #expect(endpoint.tls?.caFile == good.ca)
        #expect(endpoint.tls?.certificateFile == good.certificate)
        #expect(endpoint.tls?.keyFile == good.key)
        #expect(endpoint.tls?.serverName == good.serverName)
        #expect(endpoint.description == good.shown)
        #expect(endpoint.debugDescription == good.shown)

        let again = try NodeEndpoint(endpoint.description)
        #expect(again.address == endpoint.address)
        #expect(again.description == endpoint.description)
        #expect(again.identity == endpoint.identity)
    }

    @Test("accepts a URL of the longest length and no longer one")
    func length() throws {
        let prefix = "redis://:"
        let suffix = "@h"
        let filling = NodeEndpoint.longestURL - prefix.utf8.count - suffix.utf8.count
        let longest = try NodeEndpoint(prefix + String(repeating: "p", count: filling) + suffix)
        #expect(longest.credentials?.password.utf8.count == filling)
        #expect(Self.error("\(prefix)\(String(repeating: "p", count: filling + 1))\(suffix)")?.problem == .tooLong)
        #expect(Self.error(String(repeating: "@", count: 5_000_000))?.problem == .tooLong)
    }

    // MARK: - What is refused

    /// A text that is not the URL of a node, and why.
    struct Bad: Sendable, CustomTestStringConvertible {
        let url: String
        let part: NodeEndpointError.Part
        let problem: NodeEndpointError.Problem

        init(_ url: String, _ part: NodeEndpointError.Part, _ problem: NodeEndpointError.Problem) {
            self.url = url
            self.part = part
            self.problem = problem
        }

        var testDescription: String { url.debugDescription }
    }

    private static let badTexts: [Bad] = [
        Bad("", .url, .empty),
        Bad(" ", .url, .surroundingWhitespace),
        Bad(" redis://h", .url, .surroundingWhitespace),
        Bad("redis://h\n", .url, .surroundingWhitespace),
        Bad("redis://h\r\n", .url, .surroundingWhitespace),
        Bad("redis://h\u{A0}", .url, .surroundingWhitespace),
        Bad("redis://a b", .url, .whitespace),
        Bad("redis://:p\u{2003}w@h", .url, .whitespace),
        Bad("redis://:p\tw@h", .url, .controlCharacter),
        Bad("\0", .url, .controlCharacter),
        Bad("redis://h\0", .url, .controlCharacter),
        Bad("redis://:p\u{7F}w@h", .url, .controlCharacter),
        Bad("redis://:p\u{80}w@h", .url, .controlCharacter),
        Bad("h", .url, .missingScheme),
        Bad("10.0.0.1:6379", .url, .missingScheme),
        Bad("redis:h", .url, .missingScheme),
        Bad("redis:/h", .url, .missingScheme),
        Bad("://h", .url, .missingScheme),
        Bad("h:6379/?x=a://b", .url, .missingScheme),
        Bad("ré://h", .url, .missingScheme),
        Bad("\u{FEFF}redis://h", .url, .missingScheme),
        Bad("http://h", .scheme, .unknownScheme),
        Bad("tcp://h:6379", .scheme, .unknownScheme),
        Bad("redis+tls://h", .scheme, .unknownScheme),
        Bad("redis://h#f", .url, .fragment),
        Bad("redis://:p#w@h", .url, .fragment),
        Bad("redis://h/1#", .url, .fragment),
        Bad("redis://:p/w@h", .url, .lateAt),
        Bad("redis://:p?w@h", .url, .lateAt),
        Bad("redis://:pw@h/@", .url, .lateAt),
        Bad("redis+unix:///a@b", .url, .lateAt),
        Bad("rediss://h?ca=@", .url, .lateAt),
        Bad("redis://:p@w@h", .url, .severalAts),
        Bad("redis://@@", .url, .severalAts),
    ]

    private static let badCredentials: [Bad] = [
        Bad("redis://pw@h", .credentials, .missingColon),
        Bad("redis://@h", .credentials, .missingColon),
        Bad("redis+unix://pw@/s", .credentials, .missingColon),
        Bad("redis://u:@h", .password, .missingPassword),
        Bad("redis://:@h", .password, .missingPassword),
        Bad("redis://%:pw@h", .user, .percentEscape),
        Bad("redis://u%C3:pw@h", .user, .notUTF8),
        Bad("redis://u%0A:pw@h", .user, .controlCharacter),
        Bad("redis://:pw%@h", .password, .percentEscape),
        Bad("redis://:pw%4@h", .password, .percentEscape),
        Bad("redis://:%4gpw@h", .password, .percentEscape),
        Bad("redis://:%+1pw@h", .password, .percentEscape),
        Bad("redis://:%FFpw@h", .password, .notUTF8),
        Bad("redis://:%ED%A0%80@h", .password, .notUTF8),
        Bad("redis://:%C0%80@h", .password, .notUTF8),
        Bad("redis://:pw%00@h", .password, .controlCharacter),
        Bad("redis://:pw%C2%85@h", .password, .controlCharacter),
    ]

    private static let badHosts: [Bad] = [
        Bad("redis://", .host, .missingHost),
        Bad("redis:///1", .host, .missingHost),
        Bad("redis://?", .query, .parameterForm),
        Bad("redis://:6379", .host, .missingHost),
        Bad("redis://:pw@", .host, .missingHost),
        Bad("redis://:pw@:6379", .host, .missingHost),
        Bad("redis://a..b", .host, .hostName),
        Bad("redis://.", .host, .hostName),
        Bad("redis://.a", .host, .hostName),
        Bad("redis://a%2Fb", .host, .hostName),
        Bad("redis://a%3A1", .host, .hostName),
        Bad("redis://a%20b", .host, .hostName),
        Bad("redis://bücher", .host, .hostName),
        Bad("redis://\u{212A}elvin", .host, .hostName),
        Bad("redis://a,b", .host, .hostName),
        // One Character, of which only the dot is in a host name.
        Bad("redis://h%D8%80.", .host, .hostName),
        Bad("redis://a]", .host, .hostName),
        Bad("redis://%5B::1%5D", .host, .severalColons),
        Bad("redis://\(String(repeating: "a", count: 64)).b", .host, .hostName),
        Bad("redis://\(longestName)x", .host, .hostName),
        Bad("redis://\(longestName)x.", .host, .hostName),
        Bad("redis://a%zz", .host, .percentEscape),
        Bad("redis://a%FF", .host, .notUTF8),
        Bad("redis://a%00", .host, .controlCharacter),
        Bad("redis://10.0.0.256", .host, .ipv4),
        Bad("redis://10.1", .host, .ipv4),
        Bad("redis://10.0.0.01", .host, .ipv4),
        Bad("redis://10.0.0.1.", .host, .ipv4),
        Bad("redis://2130706433", .host, .ipv4),
        Bad("redis://0x7f.0x1", .host, .ipv4),
        Bad("redis://0X7F000001", .host, .ipv4),
        Bad("redis://h.5", .host, .ipv4),
        Bad("redis://::1", .host, .severalColons),
        Bad("redis://2001:db8::1:6379", .host, .severalColons),
        Bad("redis://h:1:2", .host, .severalColons),
        Bad("redis://[::1", .host, .brackets),
        Bad("redis://[", .host, .brackets),
        Bad("redis://[::1]6379", .host, .brackets),
        Bad("redis://[::1]]", .host, .brackets),
        Bad("redis://[]", .host, .ipv6),
        Bad("redis://[h]", .host, .ipv6),
        Bad("redis://[10.0.0.1]", .host, .ipv6),
        Bad("redis://[:::1]", .host, .ipv6),
        Bad("redis://[1::2::3]", .host, .ipv6),
        Bad("redis://[1:2:3:4:5:6:7:8::]", .host, .ipv6),
        Bad("redis://[1:2:3:4:5:6:7]", .host, .ipv6),
        Bad("redis://[12345::]", .host, .ipv6),
        Bad("redis://[::10.0.0.1:1]", .host, .ipv6),
        Bad("redis://[10.0.0.1::]", .host, .ipv6),
        Bad("redis://[::1%25]", .host, .ipv6),
        Bad("redis://[::1%25a%2Fb]", .host, .ipv6),
        Bad("redis://[::1%25a%25b]", .host, .ipv6),
        Bad("redis://[fe80::1%eth0]", .host, .percentEscape),
        Bad("redis://h:", .port, .portNumber),
        Bad("redis://h:0", .port, .portNumber),
        Bad("redis://h:65536", .port, .portNumber),
        Bad("redis://h:-1", .port, .portNumber),
        Bad("redis://h:+1", .port, .portNumber),
        Bad("redis://h:1x", .port, .portNumber),
        Bad("redis://h:%31", .port, .portNumber),
        Bad("redis://h:٣", .port, .portNumber),
        Bad("redis://h:\(String(repeating: "9", count: 4000))", .port, .portNumber),
        Bad("redis://[::1]:", .port, .portNumber),
    ]

    private static let badPathsAndQueries: [Bad] = [
        Bad("redis://h/x", .database, .databaseNumber),
        Bad("redis://h/-1", .database, .databaseNumber),
        Bad("redis://h/2147483648", .database, .databaseNumber),
        Bad("redis://h/99999999999999999999999", .database, .databaseNumber),
        Bad("redis://h/1/", .path, .severalSegments),
        Bad("redis://h//1", .path, .severalSegments),
        Bad("redis://h/1/2", .path, .severalSegments),
        Bad("redis+unix://run/s", .host, .socketHost),
        Bad("redis+unix://s", .host, .socketHost),
        Bad("redis+unix://:pw@h/s", .host, .socketHost),
        Bad("redis+unix://", .path, .socketPath),
        Bad("redis+unix:///", .path, .socketPath),
        Bad("redis+unix:///run/", .path, .socketPath),
        Bad("redis+unix:///run/%2F", .path, .socketPath),
        Bad("redis+unix://:pw@", .path, .socketPath),
        Bad("redis+unix:///s%00", .path, .controlCharacter),
        Bad("redis+unix:///s%FF", .path, .notUTF8),
        Bad("redis+unix:///s%", .path, .percentEscape),
        Bad("redis+unix:///" + String(repeating: "s", count: 103), .path, .socketPathTooLong),
        Bad("redis+unix:///s?db=x", .databaseParameter, .databaseNumber),
        Bad("redis+unix:///s?db=", .databaseParameter, .emptyParameter),
        Bad("redis+unix:///s?db=1&db=1", .databaseParameter, .parameterTwice),
        Bad("redis+unix:///s?ca=/c", .ca, .needsTLS),
        Bad("redis+unix:///s?", .query, .parameterForm),
        Bad("redis+unix:///s?db", .query, .parameterForm),
        Bad("redis+unix:///s?db=1&", .query, .parameterForm),
        Bad("redis+unix:///s?DB=1", .query, .unknownParameter),
        Bad("redis+unix:///s?d%62=1", .query, .unknownParameter),
        Bad("redis://h?db=1", .databaseParameter, .databaseInPath),
        Bad("rediss://h?db=1", .databaseParameter, .databaseInPath),
        Bad("redis://h?ca=c", .ca, .needsTLS),
        Bad("redis://h?cert=c&key=k", .certificate, .needsTLS),
        Bad("redis://h?key=k", .key, .needsTLS),
        Bad("valkey://h?servername=n", .serverName, .needsTLS),
        Bad("rediss://h?verify=none", .query, .unknownParameter),
        Bad("rediss://h?=x", .query, .unknownParameter),
        Bad("rediss://h?ca=", .ca, .emptyParameter),
        Bad("rediss://h?ca=a&ca=b", .ca, .parameterTwice),
        Bad("rediss://h?ca=%00", .ca, .controlCharacter),
        Bad("rediss://h?ca=%", .ca, .percentEscape),
        Bad("rediss://h?ca=%FF", .ca, .notUTF8),
        Bad("rediss://h?cert=c", .key, .certificateWithoutKey),
        Bad("rediss://h?key=k", .certificate, .keyWithoutCertificate),
        Bad("rediss://h?servername=10.0.0.1", .serverName, .serverName),
        Bad("rediss://h?servername=::1", .serverName, .serverName),
        Bad("rediss://h?servername=a%20b", .serverName, .serverName),
        Bad("rediss://h?servername=%E2%84%AAelvin", .serverName, .serverName),
    ]

    @Test("refuses a bad URL and says why", arguments: badTexts + badCredentials + badHosts + badPathsAndQueries)
    func refuses(bad: Bad) {
        let error = Self.error(bad.url)
        #expect(error?.part == bad.part)
        #expect(error?.problem == bad.problem)
    }

    @Test(
        "says what is wrong in a sentence",
        arguments: [
            ("", "Redis URL: it is empty: write redis://host:port"),
            ("\nredis://h", "Redis URL: it has whitespace around it: remove it"),
            ("10.0.0.1:6379", "Redis URL: it has no scheme: write redis://host:port"),
            (
                "http://10.0.0.1",
                "Redis URL: the scheme is unknown: write redis://, rediss:// for TLS, or redis+unix:// for a unix socket"
            ),
            (
                "valkey://s3cr3t@h",
                "valkey://…: the part before the @ has no colon: write :password@host for the default user, or user:password@host"
            ),
            (
                "redis://:s3/cr3t@h",
                "redis://…: it has an @ after a / or ?: in a password write / as %2F and ? as %3F, elsewhere write @ as %40"
            ),
            (
                "REDISS://:s%3cr3t@h%",
                "rediss://…: the host has a % without two hexadecimal digits after it: write a % itself as %25"
            ),
            (
                "redis://h:99999",
                "redis://…: the port is not a number from 1 to 65535: write host:6379, and user:password with an @ after it"
            ),
            ("redis://h?ca=c", "redis://…: the parameter ca is for TLS only: write rediss://"),
            ("rediss://h?cert=c", "rediss://…: the parameter key is missing: cert needs it, write both or neither"),
            (
                "unix://run/redis.sock",
                "unix://…: the host does not belong to a unix socket: write redis+unix:///path/to.sock, with three slashes"
            ),
        ])
    func sentence(url: String, sentence: String) {
        #expect(Self.error(url)?.description == sentence)
    }

    @Test("names the limits it checks")
    func limitsInSentences() {
        #expect(NodeEndpointError.Problem.tooLong.rawValue.contains("\(NodeEndpoint.longestURL)"))
        #expect(NodeEndpointError.Problem.socketPathTooLong.rawValue.contains("\(NodeEndpoint.longestSocketPath)"))
        #expect(NodeEndpointError.Problem.databaseNumber.rawValue.contains("\(Int32.max)"))
    }

    // MARK: - Identity

    @Test(
        "finds a node given twice",
        arguments: [
            ("redis://h", "redis://H:6379/3"),
            ("redis://h:1", "rediss://alice:pw@h:1?ca=c"),
            ("redis://h", "valkey://%68"),
            ("redis://example.com", "redis://example.com."),
            ("redis://[::1]", "redis://[0:0:0:0:0:0:0:1]"),
            ("redis://[2001:DB8::]:1", "redis://[2001:0db8:0::0.0.0.0]:1"),
            ("redis://[fe80::1%25eth0]", "redis://[FE80:0::1%25eth0]"),
            ("redis+unix:///s", "unix://:pw@/%73?db=1"),
        ])
    func sameNode(a: String, b: String) throws {
        let first = try NodeEndpoint(a)
        let second = try NodeEndpoint(b)
        #expect(first.identity == second.identity)
        #expect(first.identity.hashValue == second.identity.hashValue)
    }

    @Test(
        "tells different addresses apart",
        arguments: [
            ("redis://h", "redis://h:1"),
            ("redis://a", "redis://b"),
            ("redis://localhost", "redis://127.0.0.1"),
            ("redis://127.0.0.1", "redis://[::1]"),
            ("redis://[fe80::1%25eth0]", "redis://[fe80::1%25eth1]"),
            ("redis://[fe80::1%25eth0]", "redis://[fe80::1]"),
            ("redis+unix:///a", "redis+unix:///A"),
            ("redis+unix:///a", "redis+unix:////a"),
            ("redis+unix:///%C3%A9", "redis+unix:///e%CC%81"),
        ])
    func differentNodes(a: String, b: String) throws {
        #expect(try NodeEndpoint(a).identity != NodeEndpoint(b).identity)
    }

    @Test("is equal only with the same database, credentials and TLS options")
    func equality() throws {
        #expect(try NodeEndpoint("redis://u:pw@h/1") == NodeEndpoint("REDIS://u:%70w@H:6379/1"))
        for other in ["redis://u:pw@h/2", "redis://u:px@h/1", "redis://v:pw@h/1", "redis://h/1", "rediss://u:pw@h/1", "redis://u:pw@g/1"] {
            #expect(try NodeEndpoint("redis://u:pw@h/1") != NodeEndpoint(other))
        }
    }

    @Test(
        "knows the name to verify over TLS",
        arguments: [
            ("redis://h", nil),
            ("rediss://H.example.", "h.example"),
            ("rediss://h?servername=N.example.", "n.example"),
            ("rediss://10.0.0.1", nil),
            ("rediss://[fe80::1%25eth0]", nil),
            ("rediss://[::1]?servername=n", "n"),
        ] as [(String, String?)])
    func serverName(url: String, name: String?) throws {
        #expect(try NodeEndpoint(url).tlsServerName == name)
    }

    // MARK: - Secrecy

    private static let secret = "s3cr3t"

    /// URLs with the secret in every place that a good URL keeps hidden.
    private static let secretURLs = [
        "redis://:s3cr3t@10.0.0.1:6379/2",
        "redis://alice:s3cr3t@redis-1.example.com",
        "rediss://alice:xs3cr3tx@[fe80::1%25eth0]:7000/1?ca=/ca.pem&cert=/c.pem&key=/k.pem&servername=n.example",
        "valkeys://alice:%41s3cr3t%42@h?ca=c",
        "redis+unix://:s3cr3t@/run/redis.sock?db=1",
        "unix://alice:s3cr3t@/s",
    ]

    /// What a mutation puts in the place of a byte: delimiters of URLs, letters, and bytes no URL has.
    private static let replacements: [UInt8] = Array("/:@?#[]%&=+.-_0aA x\\\u{0}\n\u{7F}".utf8) + [0x80, 0xC3, 0xFF]

    @Test("shows no credentials", arguments: secretURLs + ["redis://s3cr3t:s3cr3t@h"])
    func hidesCredentials(url: String) throws {
        let endpoint = try NodeEndpoint(url)
        let credentials = try #require(endpoint.credentials)
        #expect(credentials.password.contains(Self.secret))
        for text in Self.everyText(of: endpoint) + Self.everyText(of: credentials) + Self.everyText(of: endpoint.credentials as Any) {
            #expect(!text.contains(Self.secret))
            #expect(!text.contains("alice"))
        }
        #expect(Mirror(reflecting: credentials).children.isEmpty)
    }

    @Test("does not show the secret after one byte of the URL is deleted, replaced or inserted", arguments: secretURLs)
    func hidesSecretAfterOneMutation(url: String) {
        var seen = (good: 0, bad: 0)
        for mutant in Self.mutants(of: Array(url.utf8)) {
            let text = String(decoding: mutant, as: UTF8.self)
            do {
                let endpoint = try NodeEndpoint(text)
                seen.good += 1
                // Even then the secret stays hidden: no single mutation makes it part of a host, a path or a number.
                for shown in Self.everyText(of: endpoint) where shown.contains(Self.secret) {
                    Issue.record("\(text.debugDescription) shows \(shown)")
                }
            } catch {
                seen.bad += 1
                for shown in Self.everyText(of: error) where shown.contains(Self.secret) {
                    Issue.record("\(text.debugDescription) fails with \(shown)")
                }
            }
        }
        #expect(seen.good > 0)
        #expect(seen.bad > 0)
    }

    /// Two mutations can move the secret out of the credentials: `redis://:s3cr3t@h` can become `redis://xs3cr3t.h`, which is a
    /// host like any other. An error is different: it never shows a piece of the URL.
    @Test("does not show the secret in an error after many mutations", arguments: secretURLs)
    func hidesSecretInErrors(url: String) {
        var random = SplitMix64(state: 1)
        var failures = 0
        for _ in 0..<4000 {
            var bytes = Array(url.utf8)
            for _ in 0..<Int.random(in: 2...5, using: &random) { Self.mutate(&bytes, using: &random) }
            guard let error = Self.error(String(decoding: bytes, as: UTF8.self)) else { continue }
            failures += 1
            #expect(!error.description.contains(Self.secret))
        }
        #expect(failures > 0)
    }

    // MARK: - Any input

    @Test("reads back what was put into a URL", arguments: 0..<8)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        for _ in 0..<250 {
            let user = Bool.random(using: &random) ? Self.randomText(using: &random) : nil
            let password = Self.randomText(using: &random)
            let ca = Self.randomText(using: &random)
            let port = Int.random(in: 1...65535, using: &random)
            let database = Int.random(in: 0...Int(Int32.max), using: &random)
            let userInfo = "\(Self.escaped(user ?? "", using: &random)):\(Self.escaped(password, using: &random))"
            let endpoint = try NodeEndpoint("rediss://\(userInfo)@h:\(port)/\(database)?ca=\(Self.escaped(ca, using: &random))")
            #expect(endpoint.credentials?.user == user)
            #expect(endpoint.credentials?.password == password)
            #expect(endpoint.tls?.caFile == ca)
            #expect(endpoint.address == .host("h", port: port))
            #expect(endpoint.database == database)

            let socket = try NodeEndpoint("unix://\(userInfo)@/\(Self.escaped(ca, using: &random))?db=\(database)")
            #expect(socket.address == .unixSocket(path: "/" + ca))
            #expect(socket.database == database)
            #expect(try NodeEndpoint(socket.description).address == socket.address)
        }
    }

    @Test("answers any text with an endpoint or an error", arguments: 0..<8)
    func anyText(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let heads = ["", "redis://", "rediss://", "redis+unix://", "unix:///", "redis://[", "redis://:p@", "rediss://h?", "redis://h/"]
        let bytes = Array("/:@?#[]%&=+.019aFg ".utf8) + [0, 0x80, 0xCC, 0xFF]
        for _ in 0..<2000 {
            var text = random.pick(heads)
            let tail = (0..<Int.random(in: 0...24, using: &random)).map { _ in random.pick(bytes) }
            text += String(decoding: tail, as: UTF8.self)
            guard let endpoint = try? NodeEndpoint(text) else { continue }
            // What it accepts it can show, and read again as the same node.
            #expect(try NodeEndpoint(endpoint.description).identity == endpoint.identity, "\(text.debugDescription)")
        }
    }

    @Test("agrees with inet_pton on what an IP literal is", arguments: 0..<8)
    func literals(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let pieces = ["0", "1", "ff", "FFFF", "12345", "g", "00a", "::", "1.2.3.4", "255", "256", "01", ""]
        var agreed = (good: 0, bad: 0)
        for _ in 0..<2000 {
            let separator = Int.random(in: 0..<4, using: &random) == 0 ? "." : ":"
            let count = separator == "." ? 3...5 : 1...9
            let text = (0..<Int.random(in: count, using: &random)).map { _ in random.pick(pieces) }
                .joined(separator: separator)
            let squeezed = Bool.random(using: &random) ? Self.squeezed(text) : text

            let expected = Self.inetPton(AF_INET6, squeezed)
            let endpoint = try? NodeEndpoint("redis://[\(squeezed)]:1")
            #expect((endpoint != nil) == (expected != nil), "\(squeezed)")
            if let endpoint, let expected {
                agreed.good += 1
                #expect(endpoint.identity == (try NodeEndpoint("redis://[\(Self.spelled(expected))]:1").identity), "\(squeezed)")
            } else {
                agreed.bad += 1
            }
            if squeezed.utf8.allSatisfy({ (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }) {
                let isIPv4 = Self.inetPton(AF_INET, squeezed) != nil
                #expect(((try? NodeEndpoint("redis://\(squeezed):1")) != nil) == isIPv4, "\(squeezed)")
            }
        }
        #expect(agreed.good > 0)
        #expect(agreed.bad > 0)
    }

    /// The address in network byte order, as the C library reads it.
    private static func inetPton(_ family: Int32, _ text: String) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: 16)
        return inet_pton(family, text, &bytes) == 1 ? bytes : nil
    }

    /// An IPv6 address in full.
    private static func spelled(_ bytes: [UInt8]) -> String {
        stride(from: 0, to: 16, by: 2).map { String(Int(bytes[$0]) << 8 | Int(bytes[$0 + 1]), radix: 16) }.joined(separator: ":")
    }

    /// Without runs of three and more colons, so that more of the random texts are addresses.
    private static func squeezed(_ text: String) -> String {
        var bytes: [UInt8] = []
        for byte in text.utf8 where !(byte == UInt8(ascii: ":") && bytes.suffix(2) == [byte, byte]) { bytes.append(byte) }
        return String(decoding: bytes, as: UTF8.self)
    }
}

// MARK: - Helpers

extension NodeEndpointTests {
    /// Why `url` is refused; nil if it is not.
    private static func error(_ url: String) -> NodeEndpointError? {
        do {
            _ = try NodeEndpoint(url)
            return nil
        } catch {
            return error
        }
    }

    /// All that can get into a log: `print`, `debugPrint` and `dump`.
    private static func everyText(of value: Any) -> [String] {
        var dumped = ""
        dump(value, to: &dumped)
        return [String(describing: value), String(reflecting: value), dumped]
    }

    /// `bytes` with one of them deleted, replaced or followed by a new one, at every position.
    private static func mutants(of bytes: [UInt8]) -> [[UInt8]] {
        bytes.indices.flatMap { index in
            let deleted = [Array(bytes[..<index] + bytes[(index + 1)...])]
            let replaced = replacements.map { Array(bytes[..<index] + [$0] + bytes[(index + 1)...]) }
            let inserted = replacements.map { Array(bytes[...index] + [$0] + bytes[(index + 1)...]) }
            return deleted + replaced + inserted
        }
    }

    /// Deletes, replaces or inserts one byte of `bytes`.
    private static func mutate(_ bytes: inout [UInt8], using random: inout SplitMix64) {
        let index = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: bytes.remove(at: index)
        case 1: bytes[index] = random.pick(replacements)
        default: bytes.insert(random.pick(replacements), at: index)
        }
    }

    /// A short text without control characters, with all that has a meaning in URLs.
    private static func randomText(using random: inout SplitMix64) -> String {
        let scalars = Array("/:@?#[]%&=+.-_ 09azAZ\"\\é\u{301}\u{200B}\u{212A}漢🔒".unicodeScalars)
        var text = String.UnicodeScalarView()
        for _ in 0..<Int.random(in: 1...12, using: &random) { text.append(random.pick(scalars)) }
        // A path that ends in a slash names no socket.
        text.append("x")
        return String(text)
    }

    /// `text` with every byte escaped that must be, and some that need not.
    private static func escaped(_ text: String, using random: inout SplitMix64) -> String {
        text.utf8.map { byte in
            let isPlain = (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            guard !isPlain || Bool.random(using: &random) else { return String(Unicode.Scalar(byte)) }
            let digits = String(byte, radix: 16, uppercase: Bool.random(using: &random))
            return "%" + (byte < 16 ? "0" : "") + digits
        }.joined()
    }
}

/// A small generator with a seed, so that a failure happens again.
private struct SplitMix64: RandomNumberGenerator {
    /// The seed, and then where the sequence is.
    var state: UInt64

    /// The next number of the sequence.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    /// One of `elements`, which are not empty.
    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int.random(in: elements.indices, using: &self)]
    }
}
