import RedlockCore
import RedlockNode

/// What each server is, and how it is set up.
extension Diagnosis {
    var role: [Finding] {
        each(.role, otherwise: "all are masters without replicas") { node in
            guard let server = node.server else { return nil }
            if server.role == "slave" {
                return (
                    .error, "is a replica and does not vote", "`REPLICAOF NO ONE` if it is to be independent, or name its master instead"
                )
            }
            guard server.replicas > 0 else { return nil }
            return (
                .warning, "has \(server.replicas) \(server.replicas == 1 ? "replica" : "replicas"), which a failover could promote",
                "`REPLICAOF NO ONE` on the replicas, or keep every automatic failover away from lock nodes"
            )
        }
    }

    var mode: [Finding] {
        each(.mode, otherwise: "all are standalone") { node in
            switch node.server?.mode {
            case "sentinel":
                return (.error, "is a Sentinel, which keeps no keys", "name the server it watches, if no failover can replace it")
            case "cluster":
                let slots = node.server?.servedSlots.map { "serves \($0) of \(ClusterSlots.count) slots" }
                return (
                    node.refusal == nil ? .warning : .error,
                    "is part of a Cluster, and \(slots ?? "does not say which slots it serves")",
                    "`cluster-enabled no` in redis.conf, and restart; or name an independent server"
                )
            default: return nil
            }
        }
    }

    var version: [Finding] {
        let versions = Set(known.compactMap { node in node.server.map { "\($0.flavour) \(NodeFault.safe($0.version))" } }).sorted()
        return each(.version, otherwise: versions.isEmpty ? "not known" : versions.joined(separator: ", ")) { node in
            guard let server = node.server, let major = server.version.split(separator: ".").first.flatMap({ Int($0) }), major < 5 else {
                return nil
            }
            return (.error, "runs \(server.flavour) \(NodeFault.safe(server.version))", "upgrade it to Redis 5 or later, or to Valkey")
        }
    }

    var memory: [Finding] {
        each(.memory, otherwise: known.isEmpty ? "not known" : "none evicts, and none is near its limit") { node in
            guard let server = node.server else { return nil }
            let limit = node.memory?.limit ?? 0
            if server.maxmemoryPolicy != "noeviction" {
                return (
                    limit > 0 ? .error : .warning,
                    "may evict locks: maxmemory-policy \(NodeFault.safe(server.maxmemoryPolicy))\(limit > 0 ? "" : ", once maxmemory is set")",
                    "`CONFIG SET maxmemory-policy noeviction`, and the same in redis.conf"
                )
            }
            guard let memory = node.memory, limit > 0, memory.used / 9 >= limit / 10 else { return nil }
            let share = memory.used >= limit ? "all" : "\(memory.used / (limit / 100 + 1))%"
            return (
                memory.used >= limit ? .error : .warning, "\(share) of its maxmemory (\(limit >> 20) MiB) is in use",
                "`CONFIG SET maxmemory \((limit >> 20) * 2 + 1)mb`, and the same in redis.conf; or move other data away"
            )
        }
    }

    var persistence: [Finding] {
        guard terms.quarantine == nil else {
            return [Self.ok(.persistence, "restarted nodes wait before they vote, so nothing depends on it")]
        }
        return each(.persistence, otherwise: known.isEmpty ? "not known" : "all keep every write (appendfsync always)") { node in
            guard let server = node.server else { return nil }
            if facts.count < 3 {
                return server.keepsAppendOnlyFile && node.appendfsync == "always"
                    ? nil
                    : (
                        .warning, "forgets locks when it restarts, and votes at once: with less than 3 nodes there is no quarantine",
                        "`CONFIG SET appendonly yes` and `CONFIG SET appendfsync always`, or three nodes"
                    )
            }
            if !server.keepsAppendOnlyFile {
                return (
                    .error, "forgets its locks when it restarts, and votes at once: the quarantine is off",
                    "leave --no-quarantine out (quarantine: true), or `CONFIG SET appendonly yes` and `CONFIG SET appendfsync always`"
                )
            }
            switch node.appendfsync {
            case "always": return nil
            case nil:
                return (
                    .warning, "does not say how often it saves, and votes at once after a restart",
                    "`CONFIG GET appendfsync` as an administrator: it must be always, or the quarantine on"
                )
            case let policy?:
                return (
                    .error, "may forget its newest locks when it restarts, and votes at once: appendfsync \(NodeFault.safe(policy))",
                    "`CONFIG SET appendfsync always`, and the same in redis.conf; or leave the quarantine on"
                )
            }
        }
    }
}
