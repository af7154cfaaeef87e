import RedlockHistory

/// How the acquires ended.
struct OutcomeCounts {
    private(set) var granted = 0
    /// By reason.
    private(set) var refused: [String: Int] = [:]
    private(set) var extended = 0
    private(set) var lost = 0
    private(set) var released = 0
    private(set) var written = 0
    private(set) var turnedAway = 0

    init(_ history: History) {
        for operation in history.operations {
            switch operation.what {
            case .granted: granted += 1
            case .refused(let reason): refused[reason, default: 0] += 1
            case .extended: extended += 1
            case .lost: lost += 1
            case .released: released += 1
            case .wrote: written += 1
            case .turnedAway: turnedAway += 1
            default: break
            }
        }
    }

    var refusedText: String { refused.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key), " }.joined() }
}
