/// Which clients and which nodes may take each other's place without changing anything that can happen: states that
/// differ in that alone are one state.
struct ExplorerSymmetry {
    /// Each permutation says by its position who takes whose place.
    let clients: [[Int]]
    let nodes: [[Int]]

    var count: Int { clients.count * nodes.count }

    init(_ scope: ExplorerScope) {
        guard scope.usesSymmetry else {
            clients = [Array(0..<scope.clients)]
            nodes = [Array(0..<scope.nodes)]
            return
        }
        clients = Self.permutations(of: Array(0..<scope.clients))
        // Nodes whose clocks are apart are different nodes.
        nodes = Self.permutations(of: Array(0..<scope.nodes)).filter { places in
            places.enumerated().allSatisfy { scope.skew(of: $0.offset) == scope.skew(of: $0.element) }
        }
    }

    private static func permutations(of elements: [Int]) -> [[Int]] {
        guard elements.count > 1 else { return [elements] }
        return elements.indices.flatMap { index -> [[Int]] in
            var rest = elements
            let first = rest.remove(at: index)
            return permutations(of: rest).map { [first] + $0 }
        }
    }

    /// A number spread over all 64 bits (the end of SplitMix64).
    static func spread(_ value: UInt64) -> UInt64 {
        var z = value &+ 0x9E37_79B9_7F4A_7C15
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
