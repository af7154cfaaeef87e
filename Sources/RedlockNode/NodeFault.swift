/// Why a node could not be used, in words an operator can act on. Never contains a password or a token.
package struct NodeFault: Error, Hashable, Sendable, CustomStringConvertible {
    package let kind: Kind
    /// What happened and, where there is one, the remedy. Reads on after the node's name.
    package let detail: String

    package enum Kind: Hashable, Sendable {
        /// No connection: refused, unresolvable, timed out, or not yet tried.
        case notConnected
        /// TLS was refused by one of the two sides.
        case tls
        /// The server turned down the user, the password, or a command the library needs.
        case denied
        /// It answers, but not as Redis does.
        case protocolViolation
        /// It is Redis and cannot serve now: loading, read-only, out of memory, misconfigured.
        case notServing
        /// The connection is up and nothing comes back.
        case stalled
        /// So many requests wait for an answer that no more are written.
        case overloaded
        /// A command was not answered in time.
        case timedOut
        /// The client was closed.
        case closed
        /// It restarted so recently that it may have forgotten locks, so its votes do not count yet.
        case quarantined
        /// It must not be a node at all: a replica, a Sentinel, or a server that is a node already.
        case unfit
    }

    package init(_ kind: Kind, _ detail: String) {
        self.kind = kind
        self.detail = detail
    }

    package var description: String { detail }

    /// A server's words, made fit to be shown: one line, bounded, and without the arguments that Redis repeats for an
    /// unknown command, among which there may be a token or a password.
    package static func safe(_ text: String) -> String {
        let mark = Array("with args beginning with".unicodeScalars)
        // Cut first: a peer can send megabytes, and they are searched on the event loop.
        var shown = Array(text.unicodeScalars.prefix(longestShown + mark.count))
        if let end = shown.firstRange(of: mark) { shown.removeSubrange(end.lowerBound...) }
        var result = String(String.UnicodeScalarView(shown.prefix(longestShown).map { isPrintable($0) ? $0 : " " }))
        while let last = result.last, last == " " || last == "," { result.removeLast() }
        return result
    }

    private static let longestShown = 200

    /// Not what could move a terminal's cursor or turn the direction of the text around it.
    private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator: false
        default: true
        }
    }

    /// What an error reply means.
    package init(errorReply text: String) {
        let shown = Self.safe(text)
        switch text.prefix(while: { $0 != " " }) {
        case "LOADING": self.init(.notServing, "is still loading its data (\(shown)); it joins when it is done")
        case "READONLY": self.init(.notServing, "is a read-only replica (\(shown)); give the library the masters only")
        case "MASTERDOWN": self.init(.notServing, "is a replica without its master (\(shown)); give the library the masters only")
        case "OOM": self.init(.notServing, "is out of memory (\(shown)); raise maxmemory, with maxmemory-policy noeviction")
        case "MISCONF": self.init(.notServing, "refuses writes because it cannot save (\(shown)); look at its disk and its log")
        case "BUSY": self.init(.notServing, "is busy running a script (\(shown))")
        case "NOAUTH": self.init(.denied, "wants a password (\(shown)); write it in the URL as redis://:PASSWORD@host")
        case "WRONGPASS": self.init(.denied, "does not accept this user and password (\(shown))")
        case "NOPERM": self.init(.denied, "does not permit this user what the library needs (\(shown)); grant it by ACL SETUSER")
        // How a script's own calls are refused, since Redis 7 and before.
        case "ERR" where text.hasPrefix("ERR ACL failure in script") || text.contains("executing the script can't"):
            self.init(.denied, "does not permit this user what the scripts need (\(shown)); `redlock doctor` names the right")
        case "DENIED":
            self.init(.denied, "is in protected mode (\(shown)); give it a password, or bind it to addresses of a private network")
        case "ERR" where text.hasPrefix("ERR max number of clients"):
            self.init(.notServing, "has as many clients as it takes (\(shown)); raise maxclients")
        case "MOVED", "ASK", "CLUSTERDOWN", "CROSSSLOT":
            self.init(.notServing, "is part of a Redis Cluster (\(shown)); Redlock needs independent masters")
        default: self.init(.notServing, "answered with an error (\(shown))")
        }
    }
}
