/// The text of a redis.conf, the only place where a password is written: a list of arguments can be read by every user.
struct RedisConfiguration {
    /// What the test wants.
    let options: RedisServer.Options
    /// The TCP port.
    let port: Int
    /// Where the UNIX socket, the log and the data go.
    let socketPath: String
    /// The log file.
    let logPath: String
    /// The directory for data.
    let dataPath: String

    /// The whole file.
    var text: String {
        (place + access + limits + options.extra).map { $0 + "\n" }.joined()
    }

    private var place: [String] {
        [
            "bind 127.0.0.1", "daemonize no", "supervised no", "save \"\"",
            "dir \(quoted(dataPath))", "logfile \(quoted(logPath))",
            "unixsocket \(quoted(socketPath))", "unixsocketperm 700",
        ] + (options.tls.map(tls) ?? ["port \(port)"])
    }

    private func tls(_ certificate: Certificate) -> [String] {
        [
            "port 0", "tls-port \(port)",
            "tls-cert-file \(quoted(certificate.certificatePath))", "tls-key-file \(quoted(certificate.keyPath))",
            "tls-ca-cert-file \(quoted(certificate.authorityPath))",
            "tls-auth-clients \(options.requiresClientCertificate ? "yes" : "no")",
        ]
    }

    private var access: [String] {
        guard let password = options.password else { return [] }
        guard let username = options.username else { return ["requirepass \(quoted(password))"] }
        return ["user default off", "user \(quoted(username)) on \(quoted(">" + password)) ~* &* +@all"]
    }

    private var limits: [String] {
        (options.appendonly.map { ["appendonly yes", "appendfsync \($0.rawValue)"] } ?? ["appendonly no"])
            + (options.maxmemory.map { ["maxmemory \($0)"] } ?? [])
            + (options.maxmemoryPolicy.map { ["maxmemory-policy \($0)"] } ?? [])
    }

    /// Every byte that is not plain is escaped, so that any password and any path means itself.
    private func quoted(_ value: String) -> String {
        let bytes = value.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(byte))
            case 0x20...0x7e: String(UnicodeScalar(byte))
            default: "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }
        }
        return "\"" + bytes.joined() + "\""
    }
}
