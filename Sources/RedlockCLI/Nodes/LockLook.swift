import RedlockCore
import RedlockNode

/// A look at some locks on all nodes at once.
enum LockLook {
    /// What every node has of each lock: by lock, then by node.
    ///
    /// - Parameter quarantine: how long a node must have been up for its vote to count; nil when every vote does.
    static func read(
        _ keys: [LockKey], _ endpoints: [NodeEndpoint], timeout: Duration, quarantine: Nanoseconds?
    ) async -> [[LockReading]] {
        let answers = await NodeVisit.all(endpoints, timeout: timeout, quarantine: quarantine) { node throws(NodeFault) in
            let standing = try await NodeStanding.read(from: node)
            var readings: [LockReading] = []
            // What a replica or a Sentinel has is no vote, and it may not even have keys.
            while Preflight.refusal(of: standing.identity) == nil, readings.count < keys.count {
                let next = keys[readings.count..<min(readings.count + LockReading.mostAtOnce, keys.count)]
                readings += try await LockReading.read(Array(next), from: node, timeout: timeout)
            }
            return (standing, readings)
        }
        let refusals = NodeStanding.refusals(answers.map { try? $0.get().0 }, named: endpoints.map(\.description))
        return keys.indices.map { index in
            zip(answers, refusals).map { answer, refusal in
                if let refusal { return LockReading(.init(refusal)) }
                switch answer {
                case .success(let (standing, readings)):
                    var reading = readings[index]
                    reading.quarantine = standing.quarantine
                    return reading
                case .failure(let fault): return LockReading(.init(fault))
                }
            }
        }
    }
}
