package import RedlockCore

/// Which server process is at the other end. A vote is bound to it (PROTOCOL, decision 1).
package struct ServerIdentity: Hashable, Sendable {
    package var runID: String
    /// As INFO said it: up to a second more than the truth (counterexample C7).
    package var uptimeSeconds: Int64
    package var version: String
    /// "redis" or "valkey".
    package var flavour: String
    /// standalone, cluster or sentinel.
    package var mode: String
    /// master or slave.
    package var role = "master"
    /// In cluster mode, how many of the hash slots it serves itself; nil if it did not say.
    package var servedSlots: Int?
    /// What it does when its memory is full.
    package var maxmemoryPolicy = "noeviction"
    /// How many replicas follow it.
    package var replicas = 0
    /// Whether it keeps an append-only file, by which it might remember its locks over a restart.
    package var keepsAppendOnlyFile = false
    /// When the answer to INFO came in.
    package var readAt: Instant

    /// The earliest instant at which the process is sure to have been up for `quarantine`: uptime is taken a second
    /// too small and our own clock may run fast by the drift (PROTOCOL sections 4 and 5).
    package func trusted(after quarantine: Nanoseconds, drift: DriftBound) -> Instant {
        let missing = quarantine - (.seconds(uptimeSeconds) - .seconds(1))
        guard missing > .zero else { return readAt }
        return readAt + missing + drift.drift(over: missing * 2)
    }
}

extension ServerIdentity {
    /// What INFO tells about the server.
    package init(_ info: ServerInfo, readAt now: Instant) throws(NodeFault) {
        guard let runID = info["run_id"], let uptime = info["uptime_in_seconds"].flatMap({ Int64($0) }), uptime >= 0 else {
            throw NodeFault(
                .protocolViolation,
                "does not say run_id and uptime in INFO, so it is not Redis or Valkey, or a proxy stands before it")
        }
        self.runID = runID
        uptimeSeconds = uptime
        version = info["valkey_version"] ?? info["redis_version"] ?? "?"
        flavour = info["valkey_version"] == nil ? "redis" : "valkey"
        mode = info["redis_mode"] ?? info["server_mode"] ?? "standalone"
        role = info["role"] ?? "master"
        maxmemoryPolicy = info["maxmemory_policy"] ?? "noeviction"
        replicas = info["connected_slaves"].flatMap { Int($0) } ?? 0
        keepsAppendOnlyFile = info["aof_enabled"] == "1"
        readAt = now
    }
}
