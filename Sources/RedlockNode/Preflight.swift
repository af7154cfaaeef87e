/// What is looked at on every connection before a server may vote (PROTOCOL section 1, A1).
///
/// A refusal is final for the connection: the node is not asked at all, and says so in every report. A warning is
/// worth a line in the log and changes nothing.
package enum Preflight {
    /// Why this server cannot be a node; nil if it can.
    package static func refusal(of server: ServerIdentity) -> NodeFault? {
        if server.mode == "sentinel" {
            return NodeFault(.unfit, "is a Sentinel, which keeps no keys; give the library the masters themselves")
        }
        if server.role == "slave" {
            return NodeFault(.unfit, "is a replica: it would lose or repeat its master's votes; give the library the masters only")
        }
        if server.mode == "cluster" && server.servedSlots != ClusterSlots.count {
            let served = server.servedSlots.map { "serves \($0) of \(ClusterSlots.count) slots" } ?? "does not say which slots it serves"
            return NodeFault(
                .unfit,
                "is a node of a Redis Cluster and \(served): another node would answer for some locks; give the library independent masters"
            )
        }
        return nil
    }

    /// Why `server` cannot be a node beside `other`; nil if they are two.
    package static func refusal(of server: ServerIdentity, beside other: ServerIdentity, named name: String) -> NodeFault? {
        guard server.runID == other.runID else { return nil }
        return NodeFault(.unfit, "is the same server as \(name) under another name and would vote twice; name each server once")
    }

    /// Something that may break a promise later, with the remedy.
    package struct Warning: Hashable, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameter isQuarantined: whether the server's votes are held back after a restart.
    package static func warnings(about server: ServerIdentity, isQuarantined: Bool) -> [Warning] {
        var warnings: [Warning] = []
        if server.maxmemoryPolicy != "noeviction" {
            warnings.append(
                Warning(
                    description: "may evict locks when its memory is full (maxmemory-policy \(NodeFault.safe(server.maxmemoryPolicy))); "
                        + "CONFIG SET maxmemory-policy noeviction"))
        }
        if server.replicas > 0 {
            warnings.append(
                Warning(
                    description: "has \(server.replicas) replicas; if one is promoted, locks that had not been copied are given away; "
                        + "keep failover away from lock nodes"))
        }
        if !isQuarantined && !server.keepsAppendOnlyFile {
            warnings.append(
                Warning(
                    description: "forgets its locks when it restarts, and votes at once; leave the quarantine on, "
                        + "or set appendonly yes and appendfsync always"))
        }
        if server.mode == "cluster" {
            warnings.append(
                Warning(
                    description: "runs in Cluster mode, where slots and masters move and a lock's key and its fencing counter must share "
                        + "a slot; Redlock needs independent standalone servers"))
        }
        return warnings
    }
}
