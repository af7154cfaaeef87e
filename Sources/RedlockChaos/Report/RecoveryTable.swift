import RedlockCore
import RedlockHistory

/// How long it took from the end of a fault to the next grant.
struct RecoveryTable: Sendable {
    struct Row: Sendable {
        let nemesis: String
        /// In milliseconds; nil where nothing was granted any more.
        var times: [Double?] = []
    }

    private(set) var rows: [Row] = []

    init(_ history: History, faults: [FaultRecord]) {
        let grants = history.operations.filter { if case .granted = $0.what { true } else { false } }.map(\.at)
        var byNemesis: [String: Row] = [:]
        for fault in faults {
            guard let until = fault.until else { continue }
            var (low, high) = (0, grants.count)
            while low < high {
                let middle = (low + high) / 2
                if grants[middle] < until { low = middle + 1 } else { high = middle }
            }
            byNemesis[fault.nemesis, default: Row(nemesis: fault.nemesis)].times.append(
                low < grants.count ? Double((grants[low] - until).count) / 1e6 : nil)
        }
        rows = byNemesis.values.sorted { $0.nemesis < $1.nemesis }
    }
}
