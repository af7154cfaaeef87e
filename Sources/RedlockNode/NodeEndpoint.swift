/// Where one Redis node is and how to talk to it, read from a URL.
///
/// - `redis://[[user]:password@]host[:port][/db]`, also written `valkey://`
/// - `rediss://…`, the same over TLS, also `valkeys://`, with `?ca=…&cert=…&key=…&servername=…`, all optional
/// - `redis+unix://[[user]:password@]/path/to.sock[?db=1]`, also `unix://`
///
/// The parser is strict: what could be read in two ways is an error that says what to write.
package struct NodeEndpoint: Sendable, Hashable {
    /// Where the node listens.
    package let address: Address

    /// The database to select: 0 unless the URL names one.
    package let database: Int

    /// What to send with AUTH; nil when the node asks for nothing.
    package let credentials: Credentials?

    /// How to do TLS; nil for a plain connection.
    package let tls: TLSOptions?

    /// Where a node listens.
    package enum Address: Sendable, Hashable {
        /// A name or an IP literal, in lower case; IPv6 without brackets and with its zone, as in `fe80::1%eth0`.
        case host(String, port: Int)

        /// The path of a unix socket.
        case unixSocket(path: String)
    }

    /// What a node wants to know before it answers.
    package struct Credentials: Sendable, Hashable {
        /// The ACL user; nil is the default user.
        package let user: String?

        /// The password, never empty.
        package let password: String
    }

    /// What TLS needs to know beyond the host; nil leaves the choice to the TLS library.
    package struct TLSOptions: Sendable, Hashable {
        /// The PEM file of the authorities to trust instead of the system's.
        package let caFile: String?

        /// The PEM file of our certificate; set if and only if `keyFile` is.
        package let certificateFile: String?

        /// The PEM file of our certificate's key.
        package let keyFile: String?

        /// The host name to verify instead of the one we connect to, in lower case; never an IP literal.
        package let serverName: String?
    }

    /// The port of a URL without one.
    package static let defaultPort = 6379

    /// The longest URL accepted, in bytes, so that no input costs much.
    package static let longestURL = 4096

    /// The longest path of a unix socket, in bytes: the least of what the systems, and SwiftNIO, allow.
    package static let longestSocketPath = 103
}

// MARK: - Printing

extension NodeEndpoint: CustomStringConvertible, CustomDebugStringConvertible {
    /// The URL without user, password and query: safe to show, and itself a valid URL.
    ///
    /// The port is always written, the database when it is not 0. The user is left out too, since a mistyped URL can have the
    /// password in its place.
    package var description: String {
        switch address {
        case .host(let host, let port):
            let shownHost = host.utf8.contains(UInt8(ascii: ":")) ? "[\(Self.percentEncoded(host))]" : host
            let path = database == 0 ? "" : "/\(database)"
            return "\(tls == nil ? "redis" : "rediss")://\(shownHost):\(port)\(path)"
        case .unixSocket(let path):
            return "redis+unix://\(Self.percentEncoded(path))"
        }
    }

    /// The description: a debugger's log is a log as well.
    package var debugDescription: String { description }
}

extension NodeEndpoint.Credentials: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Shows nothing: these end in logs by accident, and a mistyped URL can have the password in the user's place.
    package var description: String { "Credentials(…)" }

    /// Shows nothing either.
    package var debugDescription: String { description }

    /// Has no children, or `dump` would print the password.
    package var customMirror: Mirror { Mirror(self, children: []) }
}

// MARK: - Identity

extension NodeEndpoint {
    /// What two endpoints of the same node have in common; see ``NodeEndpoint/identity``.
    package struct Identity: Sendable, Hashable {
        /// The address in its one canonical spelling, as bytes: String equality takes differently normalised paths for the same.
        private let spelling: [UInt8]

        /// The identity of what listens at `address`.
        init(_ address: Address) {
            switch address {
            case .host(let host, let port): spelling = Array("\(HostSyntax.canonical(host)):\(port)".utf8)
            case .unixSocket(let path): spelling = Array(path.utf8)
            }
        }
    }

    /// Finds a node given twice: equal for the same host and port, or the same socket path, whatever the rest of the URL says.
    ///
    /// Spellings of one IPv6 address are equal, and a name with and without its root dot. No name is resolved: `localhost` and
    /// `127.0.0.1` differ here, so this finds mistakes early but does not prove that two endpoints are two nodes.
    package var identity: Identity { Identity(address) }

    /// The name to send (SNI) and to verify over TLS; nil without TLS, and when the host is an IP literal, to be verified as such.
    package var tlsServerName: String? {
        guard let tls else { return nil }
        if let name = tls.serverName { return HostSyntax.withoutRootDot(name) }
        guard case .host(let host, _) = address, !HostSyntax.isIPLiteral(host) else { return nil }
        return HostSyntax.withoutRootDot(host)
    }
}

// MARK: - Errors

/// Why a text is not the URL of a node, and what to write instead.
///
/// It is made of fixed words only and holds no piece of the URL: in a broken URL any piece can be the password. To tell which of
/// several URLs is meant, the caller names its position.
package struct NodeEndpointError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The scheme, when it is one we know; an unknown one can be anything.
    package let scheme: NodeEndpoint.Scheme?

    /// The part of the URL that is wrong.
    package let part: Part

    /// What is wrong with that part.
    package let problem: Problem

    /// A full sentence: `redis://…: the parameter ca is for TLS only: write rediss://`.
    package var description: String {
        let url = scheme.map { "\($0.rawValue)://…" } ?? "Redis URL"
        return "\(url): \(part.rawValue) \(problem.rawValue)"
    }

    /// A part of the URL; the raw value is its name in the message.
    package enum Part: String, Sendable {
        case url = "it"
        case scheme = "the scheme"
        case credentials = "the part before the @"
        case user = "the user name"
        case password = "the password"
        case host = "the host"
        case port = "the port"
        case path = "the path"
        case database = "the database"
        case query = "the query"
        case ca = "the parameter ca"
        case certificate = "the parameter cert"
        case key = "the parameter key"
        case serverName = "the parameter servername"
        case databaseParameter = "the parameter db"
    }

    /// What is wrong with a part; the raw value says it, and what to write instead, and ends a sentence that begins with the part.
    package enum Problem: String, Sendable {
        // The URL as a whole.
        case empty = "is empty: write redis://host:port"
        case tooLong = "is longer than 4096 bytes"
        case surroundingWhitespace = "has whitespace around it: remove it"
        case whitespace = "has whitespace in it: write a space as %20"
        case controlCharacter = "has a control character in it: remove it"
        case missingScheme = "has no scheme: write redis://host:port"
        case unknownScheme = "is unknown: write redis://, rediss:// for TLS, or redis+unix:// for a unix socket"
        case fragment = "has a #: write %23 in a password or a path, and leave a #fragment out"
        case lateAt = "has an @ after a / or ?: in a password write / as %2F and ? as %3F, elsewhere write @ as %40"
        case severalAts = "has several @: in a user name or a password write %40"

        // Escapes.
        case percentEscape = "has a % without two hexadecimal digits after it: write a % itself as %25"
        case notUTF8 = "is not UTF-8 once its % escapes are decoded"

        // Credentials.
        case missingColon = "has no colon: write :password@host for the default user, or user:password@host"
        case missingPassword = "is empty: write user:password@host, or leave the part before the host out, with its @"

        // Host and port.
        case missingHost = "is missing: write redis://host:port, and user:password with an @ after it"
        case hostName = "is not a host name: write letters, digits, hyphens and dots, another script as xn--…"
        case ipv4 = "looks like an IPv4 address and is not one: write four numbers from 0 to 255, as in 10.0.0.1"
        case ipv6 = "has brackets and in them no IPv6 address: write [2001:db8::1], or [fe80::1%25eth0] with a zone"
        case brackets = "has a [ that is not closed or not followed by the port: write [2001:db8::1]:6379"
        case severalColons = "has several colons: write IPv6 in brackets, [2001:db8::1]:6379, and user:password with an @ after it"
        case portNumber = "is not a number from 1 to 65535: write host:6379, and user:password with an @ after it"

        // Path.
        case databaseNumber = "is not a number from 0 to 2147483647: write redis://host:port/1, or redis+unix:///path/to.sock?db=1"
        case severalSegments = "has more than a database number: write redis://host:port/1, without a slash after the number"
        case socketHost = "does not belong to a unix socket: write redis+unix:///path/to.sock, with three slashes"
        case socketPath = "names no socket: write redis+unix:///path/to.sock"
        case socketPathTooLong = "is longer than 103 bytes, more than a unix socket can have"

        // Query.
        case parameterForm = "is not a list of name=value with & between them"
        case unknownParameter = "has an unknown parameter: write ca, cert, key or servername with rediss://, db with redis+unix://"
        case parameterTwice = "is there twice: write it once"
        case emptyParameter = "is empty: write a value, or leave the parameter out"
        case needsTLS = "is for TLS only: write rediss://"
        case databaseInPath = "is for unix sockets only: write redis://host:port/1"
        case certificateWithoutKey = "is missing: cert needs it, write both or neither"
        case keyWithoutCertificate = "is missing: key needs it, write both or neither"
        case serverName = "is not a host name: write the name in the server's certificate, not an IP address"
    }
}
