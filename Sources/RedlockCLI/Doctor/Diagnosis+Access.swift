import RedlockCore
import RedlockNode

/// What the user may do, whether writes are taken, certificates, and what lies about.
extension Diagnosis {
    var rights: [Finding] {
        each(.rights, otherwise: known.isEmpty ? "not known" : "the users may do all that the library needs") { node in
            guard !node.missing.isEmpty else { return nil }
            let grants = node.missing.map(\.grant).joined(separator: " ")
            return (
                Self.mayLock(node) ? .warning : .error,
                "user \(Escaping.name(node.user ?? "default")) lacks \(grants)\(Self.mayLock(node) ? ", which no lock needs; redlock itself and clients that leave a name do" : "")",
                "`ACL SETUSER \(Escaping.name(node.user ?? "default")) \(grants)`, then `ACL SAVE` or `CONFIG REWRITE`"
            )
        }
    }

    var writes: [Finding] {
        each(.writes, otherwise: known.isEmpty ? "not known" : "all took and deleted a key of ours") { node in
            // The refusal of what can be no node is said with its role or mode.
            guard let fault = node.writeFault, node.refusal == nil else { return nil }
            return (.error, fault.detail, "mend what it says; nothing else helps, as every lock is a write")
        }
    }

    var certificates: [Finding] {
        let ends = facts.compactMap(\.certificateEnd)
        guard let first = ends.min() else { return [Self.ok(.tls, "not in use")] }
        let day: Int64 = 24 * 3600
        return each(.tls, otherwise: "the first certificate ends in \((first - terms.now) / day) days") { node in
            guard let end = node.certificateEnd, end - terms.now < 14 * day else { return nil }
            let left = max(end - terms.now, 0)
            return (
                left < day ? .error : .warning, "its certificate ends in \(DurationText.short(milliseconds: left * 1000))",
                "put a new one under tls-cert-file; `CONFIG SET tls-cert-file PATH` loads it without a restart"
            )
        }
    }

    var leftovers: [Finding] {
        let looked = facts.compactMap(\.leftovers)
        let seen = looked.map(\.seen).max() ?? 0
        let isComplete = looked.allSatisfy(\.isComplete)
        let scope = terms.prefix.isEmpty ? "" : " under the prefix"
        let summary = "none without a ttl among \(isComplete ? "all" : "the first") \(seen) keys\(scope)"
        return each(.leftovers, otherwise: looked.isEmpty ? "not known" : summary) { node in
            guard let left = node.leftovers, left.count > 0 else { return nil }
            let first = left.example.map { ", for example \($0)" } ?? ""
            return (
                .warning, "\(left.count) of \(left.seen) keys\(scope) never expire\(first)",
                terms.prefix.isEmpty
                    ? "give locks a prefix of their own if this server has other data; otherwise `DEL` what nobody holds"
                    : "`redlock inspect` shows who holds it; `DEL` what nobody holds"
            )
        }
    }
}
