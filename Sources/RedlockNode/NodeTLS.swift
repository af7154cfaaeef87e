import NIOCore
import NIOPosix
import NIOSSL

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
            return try NIOSSLContext(configuration: configuration)
        } catch {
            throw NodeFault(
                .tls, "cannot be used over TLS: \(file.isEmpty ? "the TLS settings are" : "\(file) is") missing, unreadable or not PEM")
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

    /// BoringSSL's words are exact and long; the three causes that people meet get a sentence of their own.
    private init(tls text: String) {
        let cause =
            if text.contains("CERTIFICATE_VERIFY_FAILED") {
                "its certificate is not trusted: expired, not yet valid, or signed by another CA (give the right one with ?ca=FILE)"
            } else if text.contains("nableToValidate") || text.contains("ostname") {
                "its certificate is for another name (set the right one with ?servername=NAME)"
            } else if text.contains("WRONG_VERSION_NUMBER") || text.contains("uncleanShutdown")
                || text.contains("handshakeFailed(NIOSSL.BoringSSLError.eofDuringHandshake")
            {
                "it does not seem to speak TLS on this port (write redis:// if it does not)"
            } else if text.contains("CERTIFICATE_REQUIRED") || text.contains("HANDSHAKE_FAILURE") {
                "it wants a client certificate (?cert=FILE&key=FILE)"
            } else {
                Self.safe(text)
            }
        self.init(.tls, "refused or was refused by TLS: \(cause)")
    }
}

extension IOError {
    /// The error number's meaning without the name of the call that returned it.
    fileprivate var localizedReason: String {
        switch errnoCode {
        case 111, 61: "connection refused; is the server running, and is this the right port?"
        case 110, 60: "connection timed out"
        case 113, 65: "no route to the host"
        case 101, 51: "the network is unreachable"
        case 2: "there is no such socket file; is the server running?"
        case 104, 54: "the connection was reset"
        default: "\(self)"
        }
    }
}
