import RedlockCore

/// A node, its clock, and whether it runs.
final class SimulatedServer {
    var node: SimulatedNode
    var clock: SimulatedClock
    var isUp = true
    var isFrozen = false
    /// Rises with every crash, so that a start that was overtaken does not happen.
    var generation: Int64 = 0
    /// Connections whose next request came while the node stood still, in order.
    var inbox: [Int] = []
    /// What it knew a while ago.
    var snapshot: SimulatedNode?

    init(node: SimulatedNode, clock: SimulatedClock) {
        self.node = node
        self.clock = clock
    }
}

/// What the network is like just now. Faults overlap, so everything is counted.
struct SimulatedWeather {
    private let nodes: Int
    private var toNode: [Int]
    private var toProcess: [Int]
    private var slowness: [Int]

    init(processes: Int, nodes: Int) {
        self.nodes = nodes
        toNode = Array(repeating: 0, count: processes * nodes)
        toProcess = toNode
        slowness = toNode
    }

    func blocksToNode(_ process: Int, _ node: Int) -> Bool { toNode[process * nodes + node] > 0 }
    func blocksToProcess(_ process: Int, _ node: Int) -> Bool { toProcess[process * nodes + node] > 0 }
    func isSlow(_ process: Int, _ node: Int) -> Bool { slowness[process * nodes + node] > 0 }

    mutating func block(_ process: Int, _ node: Int, _ direction: Fault.Direction, by change: Int) {
        if direction != .toProcess { toNode[process * nodes + node] += change }
        if direction != .toNode { toProcess[process * nodes + node] += change }
    }

    mutating func slow(_ process: Int, _ node: Int, by change: Int) { slowness[process * nodes + node] += change }
}
