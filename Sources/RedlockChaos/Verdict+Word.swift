import RedlockHistory

extension Verdict {
    /// One word.
    var word: String {
        switch self {
        case .valid: "holds"
        case .invalid(let evidence): evidence.count == 1 ? "VIOLATED" : "VIOLATED, \(evidence.count) times"
        case .unknown(let reason): "not known: \(reason)"
        }
    }
}
