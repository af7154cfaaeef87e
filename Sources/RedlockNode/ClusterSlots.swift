/// The hash slots of a Redis Cluster, over which its nodes share the keys.
package enum ClusterSlots {
    package static let count = 16_384

    /// How many slots the node that answered serves for good, by its answer to CLUSTER NODES: those in its own line, less those
    /// it is handing over.
    static func served(accordingTo nodes: String) -> Int {
        for line in nodes.split(whereSeparator: \.isNewline) {
            // id, address, flags, master, ping, pong, epoch, link, slots...
            let fields = line.split(separator: " ")
            guard fields.count > 8, fields[2].split(separator: ",").contains("myself") else { continue }
            return max(fields[8...].reduce(0) { $0 + size(of: $1) }, 0)
        }
        return 0
    }

    /// `7` is one slot, `0-5460` are many, `[93->-ID]` is on its way out and `[77-<-ID]` on its way in, so not here yet.
    private static func size(of field: Substring) -> Int {
        if field.hasPrefix("[") { return field.contains("->-") ? -1 : 0 }
        let ends = field.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? -1 }
        guard ends.count <= 2, let first = ends.first, let last = ends.last, 0 <= first, first <= last, last < count else { return 0 }
        return last - first + 1
    }
}
