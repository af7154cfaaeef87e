extension NodeEndpoint {
    /// The schemes a URL can begin with.
    package enum Scheme: String, Sendable {
        /// TCP, with and without TLS, under the names of both servers.
        case redis, rediss, valkey, valkeys
        /// A unix socket; `redis+unix` is what a description has.
        case unix
        case redisUnix = "redis+unix"

        /// Whether the connection is made over TLS.
        package var isTLS: Bool { self == .rediss || self == .valkeys }

        /// Whether the URL names a socket file and not a host.
        package var isUnixSocket: Bool { self == .redisUnix || self == .unix }
    }

    /// Reads the URL of a node.
    package init(_ url: String) throws(NodeEndpointError) {
        try Self.checkText(url)
        let bytes = Array(url.utf8)
        guard let mark = bytes.firstRange(of: "://".utf8) else { throw Self.fault(.url, .missingScheme) }
        let parser = URLParser(scheme: try Self.scheme(bytes[..<mark.lowerBound]))
        let parts = try parser.split(bytes[mark.upperBound...])
        let parameters = try parser.parameters(parts.query)

        credentials = try parser.credentials(parts.userInfo)
        if parser.scheme.isUnixSocket {
            address = try parser.socketAddress(host: parts.host, path: parts.path)
            database = try parser.database(parameters.text[.db], .databaseParameter)
        } else {
            address = try parser.hostAddress(parts.host)
            database = try parser.databaseInPath(parts.path)
        }
        tls = parser.scheme.isTLS ? try parser.tlsOptions(parameters) : nil
    }

    /// The error for a URL whose scheme is not known yet.
    private static func fault(_ part: NodeEndpointError.Part, _ problem: NodeEndpointError.Problem) -> NodeEndpointError {
        NodeEndpointError(scheme: nil, part: part, problem: problem)
    }

    /// Refuses what is no URL at all, before anything is taken apart.
    private static func checkText(_ url: String) throws(NodeEndpointError) {
        guard let first = url.unicodeScalars.first, let last = url.unicodeScalars.last else {
            throw fault(.url, .empty)
        }
        guard url.utf8.count <= longestURL else { throw fault(.url, .tooLong) }
        guard !first.properties.isWhitespace, !last.properties.isWhitespace else {
            throw fault(.url, .surroundingWhitespace)
        }
        guard !url.hasControlCharacter else { throw fault(.url, .controlCharacter) }
        guard !url.unicodeScalars.contains(where: \.properties.isWhitespace) else { throw fault(.url, .whitespace) }
    }

    /// The scheme in `text`, which is all that comes before the `://`.
    private static func scheme(_ text: Bytes) throws(NodeEndpointError) -> Scheme {
        // `://` can also come late in a text without a scheme, as in `host:6379/?x=a://b`.
        guard text.first?.isASCIILetter == true, text.allSatisfy({ $0.isASCIIAlphanumeric || "+-.".utf8.contains($0) }) else {
            throw fault(.url, .missingScheme)
        }
        guard let scheme = Scheme(rawValue: String(decoding: text, as: UTF8.self).lowercased()) else {
            throw fault(.scheme, .unknownScheme)
        }
        return scheme
    }
}

/// A piece of the URL. Bytes, not characters: a combining mark after a delimiter makes it another Character, and hides it.
private typealias Bytes = ArraySlice<UInt8>

/// Reads what comes after the `://`.
private struct URLParser {
    /// What came before the `://`; it decides what else there can be.
    let scheme: NodeEndpoint.Scheme

    /// The URL cut at its delimiters, its escapes not yet decoded.
    struct Parts {
        /// What is before the `@`; nil without one.
        var userInfo: Bytes?
        /// Host and port.
        var host: Bytes
        /// From the first slash on; empty without one.
        var path: Bytes
        /// What is after the question mark; nil without one.
        var query: Bytes?
    }

    /// The error for this URL.
    func fault(_ part: NodeEndpointError.Part, _ problem: NodeEndpointError.Problem) -> NodeEndpointError {
        NodeEndpointError(scheme: scheme, part: part, problem: problem)
    }

    /// Cuts `text` at its delimiters.
    ///
    /// A password with a `/`, `?`, `#` or `@` in it would move a delimiter and put the rest of the password into the host or the
    /// path. So an `@` is accepted in one place only, and a `#` nowhere.
    func split(_ text: Bytes) throws(NodeEndpointError) -> Parts {
        guard !text.contains(UInt8(ascii: "#")) else { throw fault(.url, .fragment) }
        let end = text.firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? text.endIndex
        let (path, query) = text[end...].cut(at: "?")
        guard !text[end...].contains(UInt8(ascii: "@")) else { throw fault(.url, .lateAt) }

        let (beforeAt, afterAt) = text[..<end].cut(at: "@")
        guard let host = afterAt else { return Parts(userInfo: nil, host: beforeAt, path: path, query: query) }
        guard !host.contains(UInt8(ascii: "@")) else { throw fault(.url, .severalAts) }
        return Parts(userInfo: beforeAt, host: host, path: path, query: query)
    }

    /// Decodes the percent escapes of `text`, which is the URL's `part`.
    ///
    /// A control character is refused: a NUL ends a path early, a line break at the end of a password comes from a file.
    func decode(_ text: Bytes, _ part: NodeEndpointError.Part) throws(NodeEndpointError) -> String {
        var decoded: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst()?.hexValue, let low = rest.popFirst()?.hexValue else { throw fault(part, .percentEscape) }
            decoded.append(high << 4 | low)
        }
        guard let string = String(validating: decoded, as: UTF8.self) else { throw fault(part, .notUTF8) }
        guard !string.hasControlCharacter else { throw fault(part, .controlCharacter) }
        return string
    }

    /// Reads `user:password` or `:password`.
    func credentials(_ userInfo: Bytes?) throws(NodeEndpointError) -> NodeEndpoint.Credentials? {
        guard let userInfo else { return nil }
        // The first colon: a user name has none, a password can.
        let (user, password) = userInfo.cut(at: ":")
        // `secret@host` is refused: tools differ on whether it names the user or the password.
        guard let password else { throw fault(.credentials, .missingColon) }
        guard !password.isEmpty else { throw fault(.password, .missingPassword) }
        return NodeEndpoint.Credentials(
            user: user.isEmpty ? nil : try decode(user, .user), password: try decode(password, .password))
    }
}

// MARK: - Host and port

extension URLParser {
    /// Reads `host`, `host:port`, `[ipv6]` or `[ipv6]:port`.
    func hostAddress(_ text: Bytes) throws(NodeEndpointError) -> NodeEndpoint.Address {
        if text.first == UInt8(ascii: "[") {
            let (bracketed, after) = text.dropFirst().cut(at: "]")
            guard let after, after.isEmpty || after.first == UInt8(ascii: ":") else { throw fault(.host, .brackets) }
            return .host(try ipv6(bracketed), port: try port(after.isEmpty ? nil : after.dropFirst()))
        }
        let (host, port) = text.cut(at: ":")
        guard port?.contains(UInt8(ascii: ":")) != true else { throw fault(.host, .severalColons) }
        guard !host.isEmpty else { throw fault(.host, .missingHost) }
        return .host(try name(host), port: try self.port(port))
    }

    /// Reads a host name or an IPv4 address.
    private func name(_ text: Bytes) throws(NodeEndpointError) -> String {
        let written = try decode(text, .host)
        // Checked before it is lowered: the lower case of the Kelvin sign is an ASCII k.
        guard HostSyntax.isName(written) else { throw fault(.host, .hostName) }
        let name = written.lowercased()
        // `10.1` and `0x7f.1` are addresses to getaddrinfo, and `10.0.0.256` a name: nobody means that.
        guard !HostSyntax.endsInNumber(name) || HostSyntax.ipv4(name) != nil else { throw fault(.host, .ipv4) }
        return name
    }

    /// Reads what is between the brackets. The zone keeps its case: it is the name of a network interface.
    private func ipv6(_ text: Bytes) throws(NodeEndpointError) -> String {
        let literal = try decode(text, .host)
        guard HostSyntax.ipv6(literal) != nil else { throw fault(.host, .ipv6) }
        let (address, zone) = HostSyntax.splitZone(literal)
        return address.lowercased() + zone
    }

    /// Reads the port after the colon; nil is the default.
    private func port(_ digits: Bytes?) throws(NodeEndpointError) -> Int {
        guard let digits else { return NodeEndpoint.defaultPort }
        guard let port = digits.decimal(upTo: 65535), port > 0 else { throw fault(.port, .portNumber) }
        return port
    }
}

// MARK: - Path

extension URLParser {
    /// Reads the path of a URL with a host: nothing, `/` or `/db`.
    func databaseInPath(_ path: Bytes) throws(NodeEndpointError) -> Int {
        let number = path.dropFirst()
        guard !number.contains(UInt8(ascii: "/")) else { throw fault(.path, .severalSegments) }
        return try database(number.isEmpty ? nil : number, .database)
    }

    /// Reads the number of a database, which Redis takes as a C int; nil is 0.
    func database(_ digits: Bytes?, _ part: NodeEndpointError.Part) throws(NodeEndpointError) -> Int {
        guard let digits else { return 0 }
        guard let number = digits.decimal(upTo: Int(Int32.max)) else { throw fault(part, .databaseNumber) }
        return number
    }

    /// Reads the path of a socket, which has no host before it.
    func socketAddress(host: Bytes, path: Bytes) throws(NodeEndpointError) -> NodeEndpoint.Address {
        guard host.isEmpty else { throw fault(.host, .socketHost) }
        let socket = try decode(path, .path)
        guard !socket.isEmpty, socket.utf8.last != UInt8(ascii: "/") else { throw fault(.path, .socketPath) }
        guard socket.utf8.count <= NodeEndpoint.longestSocketPath else { throw fault(.path, .socketPathTooLong) }
        return .unixSocket(path: socket)
    }
}

// MARK: - Query

extension URLParser {
    /// The parameters a query can have, by name. Names are not escaped, and their case counts.
    enum Parameter: String {
        /// The first four are for TLS, the last is for a unix socket.
        case ca, cert, key, servername, db

        /// The name in an error.
        var part: NodeEndpointError.Part {
            switch self {
            case .ca: .ca
            case .cert: .certificate
            case .key: .key
            case .servername: .serverName
            case .db: .databaseParameter
            }
        }
    }

    /// The parameters of a URL, their values not yet decoded.
    struct Parameters {
        /// The values by name.
        var text: [Parameter: Bytes] = [:]
    }

    /// Reads the query, and refuses what the scheme has no use for.
    func parameters(_ query: Bytes?) throws(NodeEndpointError) -> Parameters {
        var parameters = Parameters()
        guard let query else { return parameters }
        for pair in query.split(separator: UInt8(ascii: "&"), omittingEmptySubsequences: false) {
            let (name, value) = pair.cut(at: "=")
            guard let value else { throw fault(.query, .parameterForm) }
            guard let parameter = Parameter(rawValue: String(decoding: name, as: UTF8.self)) else {
                throw fault(.query, .unknownParameter)
            }
            if parameter == .db {
                guard scheme.isUnixSocket else { throw fault(parameter.part, .databaseInPath) }
            } else {
                guard scheme.isTLS else { throw fault(parameter.part, .needsTLS) }
            }
            guard !value.isEmpty else { throw fault(parameter.part, .emptyParameter) }
            guard parameters.text.updateValue(value, forKey: parameter) == nil else { throw fault(parameter.part, .parameterTwice) }
        }
        return parameters
    }

    /// Reads the parameters for TLS.
    func tlsOptions(_ parameters: Parameters) throws(NodeEndpointError) -> NodeEndpoint.TLSOptions {
        let certificate = try value(.cert, in: parameters)
        let key = try value(.key, in: parameters)
        guard certificate == nil || key != nil else { throw fault(.key, .certificateWithoutKey) }
        guard key == nil || certificate != nil else { throw fault(.certificate, .keyWithoutCertificate) }
        let serverName = try value(.servername, in: parameters)
        if let serverName {
            guard HostSyntax.isName(serverName), !HostSyntax.endsInNumber(serverName.lowercased()) else {
                throw fault(.serverName, .serverName)
            }
        }
        return NodeEndpoint.TLSOptions(
            caFile: try value(.ca, in: parameters), certificateFile: certificate, keyFile: key, serverName: serverName?.lowercased())
    }

    /// The decoded value of one parameter.
    private func value(_ parameter: Parameter, in parameters: Parameters) throws(NodeEndpointError) -> String? {
        guard let text = parameters.text[parameter] else { return nil }
        return try decode(text, parameter.part)
    }
}

// MARK: - Hosts

/// What names and IP literals look like.
enum HostSyntax {
    /// Whether `text` has the form of a host name: labels of 1 to 63 letters, digits, hyphens and, as in Docker, underscores.
    static func isName(_ text: String) -> Bool {
        let name = withoutRootDot(text).utf8
        return name.count <= 253
            && name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { label in
                (1...63).contains(label.count)
                    && label.allSatisfy { $0.isASCIIAlphanumeric || "-_".utf8.contains($0) }
            }
    }

    /// Whether the last label of a lower-case name is a number, decimal or hexadecimal: the C library then reads an IPv4 address.
    static func endsInNumber(_ name: String) -> Bool {
        guard let label = withoutRootDot(name).utf8.split(separator: UInt8(ascii: ".")).last else { return false }
        let isHexadecimal = label.starts(with: "0x".utf8) && label.dropFirst(2).allSatisfy { $0.hexValue != nil }
        return isHexadecimal || label.allSatisfy(\.isASCIIDigit)
    }

    /// A name without the dot that says it is complete.
    static func withoutRootDot(_ name: String) -> String {
        // The last byte, not the last Character, which can be more than the dot.
        name.utf8.last == UInt8(ascii: ".") ? String(decoding: name.utf8.dropLast(), as: UTF8.self) : name
    }

    /// Whether a host, as an address has it, is an IP literal and not a name.
    static func isIPLiteral(_ host: String) -> Bool { ipv4(host) != nil || ipv6(host) != nil }

    /// One spelling for all that name the same host without asking a resolver.
    static func canonical(_ host: String) -> String {
        guard let groups = ipv6(host) else { return withoutRootDot(host) }
        return groups.map { String($0, radix: 16) }.joined(separator: ":") + splitZone(host).zone
    }

    /// The two halves of an IPv4 address; nil for what is not four numbers without leading zeros, which could be octal.
    static func ipv4(_ text: some StringProtocol) -> [UInt16]? {
        let numbers = Array(text.utf8).split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).map { digits in
            digits.count > 1 && digits.first == UInt8(ascii: "0") ? nil : digits.decimal(upTo: 255)
        }
        guard numbers.count == 4, let a = numbers[0], let b = numbers[1], let c = numbers[2], let d = numbers[3] else { return nil }
        return [UInt16(a << 8 | b), UInt16(c << 8 | d)]
    }

    /// The eight groups of an IPv6 address with or without a zone; nil for what is not one.
    static func ipv6(_ literal: String) -> [UInt16]? {
        let (address, zone) = splitZone(literal)
        // The characters a zone can have unescaped in a URL (RFC 6874).
        let isZone = zone.utf8.dropFirst().allSatisfy { $0.isASCIIAlphanumeric || "-._~".utf8.contains($0) }
        guard zone != "%", isZone else { return nil }

        let text = Array(address.utf8)
        guard let gap = text.firstRange(of: "::".utf8) else {
            let all = groups(text[...], endsAddress: true)
            return all?.count == 8 ? all : nil
        }
        guard let head = groups(text[..<gap.lowerBound], endsAddress: false),
            let tail = groups(text[gap.upperBound...], endsAddress: true), head.count + tail.count < 8
        else { return nil }
        return head + Array(repeating: 0, count: 8 - head.count - tail.count) + tail
    }

    /// The groups on one side of a `::`. The last two of an address can be written as IPv4.
    private static func groups(_ text: ArraySlice<UInt8>, endsAddress: Bool) -> [UInt16]? {
        guard !text.isEmpty else { return [] }
        let pieces = text.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
        var groups: [UInt16] = []
        for (index, piece) in pieces.enumerated() {
            if endsAddress, index == pieces.count - 1, piece.contains(UInt8(ascii: ".")) {
                guard let halves = ipv4(String(decoding: piece, as: UTF8.self)) else { return nil }
                groups += halves
            } else {
                guard (1...4).contains(piece.count) else { return nil }
                var group: UInt16 = 0
                for byte in piece {
                    guard let digit = byte.hexValue else { return nil }
                    group = group << 4 | UInt16(digit)
                }
                groups.append(group)
            }
        }
        return groups
    }

    /// The address, and the zone with its `%`, which is empty without one.
    static func splitZone(_ literal: String) -> (address: String, zone: String) {
        let bytes = Array(literal.utf8)
        let percent = bytes.firstIndex(of: UInt8(ascii: "%")) ?? bytes.endIndex
        return (String(decoding: bytes[..<percent], as: UTF8.self), String(decoding: bytes[percent...], as: UTF8.self))
    }
}

// MARK: - Text

extension NodeEndpoint {
    /// Escapes what would read differently in a URL, and all that is not ASCII, so that nothing invisible gets into a log.
    static func percentEncoded(_ text: String) -> String {
        let plain = "/-._~:+,=&!$'()*;".utf8
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            if byte.isASCIIAlphanumeric || plain.contains(byte) {
                bytes.append(byte)
            } else {
                bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 0xF)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension String {
    /// Whether there is a C0 or C1 control character, or DEL.
    fileprivate var hasControlCharacter: Bool { unicodeScalars.contains { $0.properties.generalCategory == .control } }
}

extension ArraySlice<UInt8> {
    /// What is before and after the first `delimiter`; nil after it when there is none.
    fileprivate func cut(at delimiter: Unicode.Scalar) -> (before: Self, after: Self?) {
        guard let index = firstIndex(of: UInt8(ascii: delimiter)) else { return (self, nil) }
        return (self[..<index], self[(index + 1)...])
    }

    /// The decimal number these digits write, without a sign; nil for anything else and above `limit`.
    fileprivate func decimal(upTo limit: Int) -> Int? {
        guard !isEmpty else { return nil }
        var number = 0
        for byte in self {
            guard byte.isASCIIDigit else { return nil }
            // Stops at the limit, far from overflow.
            number = number * 10 + Int(byte - UInt8(ascii: "0"))
            guard number <= limit else { return nil }
        }
        return number
    }
}

extension UInt8 {
    /// Whether this is `A` to `Z` or `a` to `z`.
    fileprivate var isASCIILetter: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) }

    /// Whether this is `0` to `9`.
    fileprivate var isASCIIDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// Whether this is an ASCII letter or digit.
    fileprivate var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }

    /// The value of a hexadecimal digit; nil for any other byte.
    fileprivate var hexValue: UInt8? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): self - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): self - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): self - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
