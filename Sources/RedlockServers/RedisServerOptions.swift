extension RedisServer {
    /// How a server is configured. Unless said otherwise it keeps nothing on disk and lets everybody in.
    package struct Options: Sendable {
        /// When an append-only file is flushed to the disk.
        package enum Fsync: String, Sendable, CaseIterable {
            /// With every write: a killed server comes back with all it has acknowledged.
            case always
            /// About once a second.
            case everysec
            /// When the operating system likes.
            case no
        }

        /// The TCP port; nil for a free one.
        package var port: Int?
        /// The password of ``username``, or of the default user.
        package var password: String?
        /// A user that may do everything, besides whom the default user is turned off; nil for the default user.
        package var username: String?
        /// The server's certificate; with it the server speaks only TLS on its port.
        package var tls: Certificate?
        /// Whether a TLS server turns away clients without a certificate of its own authority.
        package var requiresClientCertificate: Bool
        /// Keeps data across ``RedisServer/restart()`` in an append-only file; nil to lose everything, as Redlock should fear.
        package var appendonly: Fsync?
        /// The most memory for data, for example `"2mb"`; nil for no limit.
        package var maxmemory: String?
        /// What is done at ``maxmemory``, for example `"allkeys-lru"`; nil for Redis' default, `noeviction`.
        package var maxmemoryPolicy: String?
        /// Further lines for the configuration file, at its end, so that they win.
        package var extra: [String]
        /// Variables for the server's environment, for example to preload a library that lies about the time.
        package var variables: [String: String]

        /// Options that differ from the defaults only in what is named.
        package init(
            port: Int? = nil, password: String? = nil, username: String? = nil, tls: Certificate? = nil,
            requiresClientCertificate: Bool = false, appendonly: Fsync? = nil, maxmemory: String? = nil,
            maxmemoryPolicy: String? = nil, extra: [String] = [], variables: [String: String] = [:]
        ) {
            self.port = port
            self.password = password
            self.username = username
            self.tls = tls
            self.requiresClientCertificate = requiresClientCertificate
            self.appendonly = appendonly
            self.maxmemory = maxmemory
            self.maxmemoryPolicy = maxmemoryPolicy
            self.extra = extra
            self.variables = variables
        }
    }
}
