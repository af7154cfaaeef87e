import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// TLS for a node: what is configured, and what is wrong when it is refused.
enum NodeTLS {
    static func context(_ options: NodeEndpoint.TLSOptions) throws(NodeFault) -> NIOSSLContext {
        var configuration = TLSConfiguration.makeClientConfiguration()
        var file = options.caFile ?? ""
        do {
            if let ca = options.caFile {
                configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(ca))
            }
            if let certificate = options.certificateFile, let key = options.keyFile {
                file = certificate
                configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificate).map { .certificate($0) }
                file = key
                configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: key, format: .pem))
            }
        } catch {
            throw NodeFault(.tls, "cannot be used over TLS: \(file) is missing, unreadable or not PEM")
        }
        do {
            return try NIOSSLContext(configuration: configuration)
        } catch {
            guard let certificate = options.certificateFile else {
                throw NodeFault(.tls, "cannot be used over TLS: \(NodeFault.safe("\(error)"))")
            }
            throw NodeFault(.tls, "cannot be used over TLS: \(file) is not the key of the certificate in \(certificate)")
        }
    }
}

extension NodeFault {
    /// An error of the channel, in words.
    init(connecting error: any Error) {
        switch error {
        case let fault as NodeFault: self = fault
        case let error as NIOConnectionError: self.init(connection: error)
        case let error as NIOSSLError: self.init(tls: "\(error)")
        case let error as BoringSSLError: self.init(tls: "\(error)")
        case let error as NIOSSLExtraError: self.init(tls: "\(error)")
        case let error as IOError: self.init(.notConnected, "cannot be reached: \(Self.safe(error.localizedReason))")
        case ChannelError.connectTimeout: self.init(.notConnected, "did not accept a connection in time")
        default: self.init(.notConnected, "cannot be reached: \(Self.safe("\(error)"))")
        }
    }

    private init(connection error: NIOConnectionError) {
        if error.dnsAError != nil || error.dnsAAAAError != nil, error.connectionErrors.isEmpty {
            self.init(.notConnected, "has a name that cannot be resolved (\(error.host)); check its spelling and the DNS")
        } else if let first = error.connectionErrors.first?.error {
            self.init(connecting: first)
        } else {
            self.init(.notConnected, "did not accept a connection in time")
        }
    }

    /// The words for an end in the middle of the TLS handshake, by whatever sign it is noticed.
    static let mayNotSpeakTLS = "it does not seem to speak TLS on this port (write redis:// if it does not)"

    /// BoringSSL's words are exact and long; the causes that people meet get a sentence of their own. Which of them there
    /// are, and for what, is known from tests against real servers.
    private init(tls text: String) {
        let cause =
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                "its certificate is not trusted: expired, not yet valid, or signed by another CA (give the right one with ?ca=FILE)"
            } else if text.contains("failedToValidateHostname") || text.contains("unableToValidateCertificate") {
                "its certificate is for another name (set the right one with ?servername=NAME)"
            } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("EOF during handshake") {
                Self.mayNotSpeakTLS
            } else if text.contains("CERTIFICATE_REQUIRED") || text.contains("HANDSHAKE_FAILURE") {
                "it wants a client certificate (?cert=FILE&key=FILE)"
            } else if text.contains("ALERT_UNKNOWN_CA") {
                "it does not know the CA of our client certificate (give another one with ?cert=FILE&key=FILE)"
            } else if text.contains("ALERT_CERTIFICATE_EXPIRED") {
                "our client certificate has expired (give another one with ?cert=FILE&key=FILE)"
            } else if text.contains("_ALERT_") && text.contains("CERTIFICATE") {
                "it does not accept our client certificate (give another one with ?cert=FILE&key=FILE)"
            } else {
                Self.reason(inBoringSSL: text)
            }
        self.init(.tls, "refused or was refused by TLS: \(cause)")
    }

    /// The one word that matters between the numbers before it and the path of a source file behind.
    private static func reason(inBoringSSL text: String) -> String {
        guard let start = text.firstRange(of: "OPENSSL_internal:")?.upperBound else { return safe(text) }
        return safe(String(text[start...].prefix { $0 != " " }))
    }

    /// Whether an error only says that the other side has hung up, as a killed server does.
    static func isHangUp(_ error: any Error) -> Bool {
        switch error {
        case NIOSSLError.uncleanShutdown: true
        case let error as IOError: [ECONNRESET, EPIPE].contains(error.errnoCode)
        default: false
        }
    }
}

extension IOError {
    /// The error number's meaning without the name of the call that returned it.
    fileprivate var localizedReason: String {
        switch errnoCode {
        case ECONNREFUSED: "connection refused; is the server running, and is this the right port?"
        case ETIMEDOUT: "connection timed out"
        case EHOSTUNREACH: "no route to the host"
        case ENETUNREACH: "the network is unreachable"
        case ENOENT: "there is no such socket file; is the server running?"
        case EACCES: "permission denied; may this user write to the socket file?"
        case ECONNRESET, EPIPE: "the connection was reset"
        default: "\(self)"
        }
    }
}
