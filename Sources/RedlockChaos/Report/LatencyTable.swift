import RedlockCore
import RedlockHistory

/// How long acquires took that ended in a grant: while all was well, and under each kind of fault.
struct LatencyTable: Sendable {
    struct Row: Sendable {
        let phase: String
        /// Sorted, in milliseconds.
        var grants: [Double] = []
        var refused = 0

        func quantile(_ share: Double) -> Double? {
            grants.isEmpty ? nil : grants[min(Int(Double(grants.count) * share), grants.count - 1)]
        }

        /// How many grants took up to each bound, and longer than the bound before.
        var histogram: [Int] {
            var counts = [Int](repeating: 0, count: LatencyTable.bounds.count + 1)
            for grant in grants { counts[LatencyTable.bounds.firstIndex { grant <= $0 } ?? LatencyTable.bounds.count] += 1 }
            return counts
        }
    }

    /// In milliseconds.
    static let bounds: [Double] = [1, 3, 10, 30, 100, 300, 1_000, 3_000]

    private(set) var rows: [Row] = []

    init(_ history: History, faults: [FaultRecord]) {
        var phases: [String: Row] = [:]
        var asked: [Int: Instant] = [:]
        for operation in history.operations {
            switch operation.what {
            case .acquire: asked[operation.lease] = operation.at
            case .granted, .refused:
                guard let since = asked.removeValue(forKey: operation.lease) else { continue }
                let inForce = Set(faults.filter { $0.from <= operation.at && since <= $0.until ?? .distantFuture }.map(\.nemesis))
                for phase in inForce.isEmpty ? ["healthy"] : inForce {
                    if case .granted = operation.what {
                        phases[phase, default: Row(phase: phase)].grants.append(Double((operation.at - since).count) / 1e6)
                    } else {
                        phases[phase, default: Row(phase: phase)].refused += 1
                    }
                }
            default: break
            }
        }
        rows = phases.values.map { row in
            var row = row
            row.grants.sort()
            return row
        }.sorted { ($0.phase == "healthy" ? "" : $0.phase) < ($1.phase == "healthy" ? "" : $1.phase) }
    }
}
