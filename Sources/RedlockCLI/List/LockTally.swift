import RedlockCore

/// The locks that were seen on several nodes, added up while the nodes are being scanned. Pure.
///
/// Flat arrays instead of an object for each lock: a million locks of five nodes take about 200 MiB. Of a token only a fingerprint is
/// kept, which is enough to tell the few of one lock apart, and what is shown of it.
struct LockTally: Sendable {
    /// How many nodes there are.
    let nodes: Int
    /// The keys in the order in which they were first seen.
    private(set) var keys: [[UInt8]] = []

    private var positions = KeyIndex()
    /// For each key and node what there is: 0 nothing, otherwise the token's fingerprint.
    private var fingerprints: [UInt64] = []
    /// Beside it the ttl in milliseconds.
    private var ttls: [UInt32] = []
    private var first: [UInt64] = []
    private var shown: [String] = []
    /// What is shown of further tokens of a lock, which are few.
    private var others: [UInt64: String] = [:]
    /// The holders' names by fingerprint, where they left one. Many locks have the same, so each is kept once.
    private var names: [UInt64: String] = [:]
    private var distinctNames: Set<String> = []

    /// A ttl that never ends.
    private static let endless = UInt32.max

    /// An empty one.
    init(nodes: Int) { self.nodes = nodes }

    /// Takes what a node has under a key; a second time replaces the first.
    ///
    /// - Parameter ttl: in milliseconds; below zero if the key never expires.
    mutating func add(_ key: [UInt8], token: [UInt8], ttl: Int64, node: Int) {
        let position: Int
        let fingerprint = Self.fingerprint(token)
        if let name = LockValue(token).name { names[fingerprint] = distinctNames.insert(name).memberAfterInsert }
        if let known = positions[key] {
            position = Int(known)
            if fingerprint != first[position] { others[fingerprint] = Escaping.token(token) }
        } else {
            position = keys.count
            positions[key] = Int32(position)
            keys.append(key)
            shown.append(Escaping.token(token))
            first.append(fingerprint)
            fingerprints.append(contentsOf: repeatElement(0, count: nodes))
            ttls.append(contentsOf: repeatElement(0, count: nodes))
        }
        fingerprints[position * nodes + node] = fingerprint
        ttls[position * nodes + node] = ttl < 0 ? Self.endless : UInt32(clamping: min(ttl, Int64(Self.endless) - 1))
    }

    /// Forgets what a node was seen to have under a key, to be told anew.
    mutating func clear(_ position: Int) {
        for node in 0..<nodes { fingerprints[position * nodes + node] = 0 }
    }

    /// Forgets what a node was seen to have.
    mutating func forget(node: Int) {
        for position in keys.indices { fingerprints[position * nodes + node] = 0 }
    }

    /// What the nodes have under a key, silent ones included. The token stands for the real one and is not to be shown.
    ///
    /// - Parameter quarantines: by node, for how much longer its votes do not count; empty when all do.
    func readings(_ position: Int, silent: [Bool], quarantines: [Duration?] = []) -> [LockReading] {
        (0..<nodes).map { node in
            let fingerprint = fingerprints[position * nodes + node]
            let ttl = ttls[position * nodes + node]
            if fingerprint != 0 {
                let token = (0..<8).map { UInt8(truncatingIfNeeded: fingerprint >> ($0 * 8)) }
                return LockReading(.held(token: token, ttl: ttl == Self.endless ? nil : .milliseconds(Int64(ttl))))
            }
            return LockReading(
                silent[node] ? .unreachable("did not answer") : .free, quarantine: quarantines.isEmpty ? nil : quarantines[node])
        }
    }

    /// What is to be shown of a token in ``readings(_:silent:)``.
    func holder(_ position: Int, token: [UInt8]) -> String {
        let fingerprint = Self.fingerprint(standingFor: token)
        return fingerprint == first[position] ? shown[position] : others[fingerprint] ?? shown[position]
    }

    /// The name beside a token in ``readings(_:silent:)``, as it was left there.
    func holderName(token: [UInt8]) -> String? { names[Self.fingerprint(standingFor: token)] }

    private static func fingerprint(standingFor token: [UInt8]) -> UInt64 {
        token.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }

    /// FNV-1a, never 0.
    private static func fingerprint(_ token: [UInt8]) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in token { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        return hash == 0 ? 1 : hash
    }
}
