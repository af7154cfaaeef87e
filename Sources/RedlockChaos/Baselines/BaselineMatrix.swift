/// Recipe by fault: what was expected, what was seen, and why.
struct BaselineMatrix: Sendable {
    /// One recipe under one fault.
    struct Cell: Sendable {
        enum Outcome: Sendable {
            case seen([Observation])
            /// The fault means nothing to the recipe, and why.
            case meaningless(String)
            /// The harness failed, and how.
            case failed(String)
        }

        let recipe: any LockRecipe.Type
        let fault: BaselineFault
        let outcome: Outcome
    }

    /// Row by row, in the order of the recipes and of the faults.
    let cells: [Cell]

    /// What the process ends with.
    enum Conclusion: Int32, Sendable {
        case asExpected = 0
        case redlockBroke = 1
        case harnessFailed = 2
        case unseenFailure = 3
    }

    /// The worst first: that redlock broke is not hidden by anything.
    var conclusion: Conclusion {
        if cells.contains(where: { $0.isRedlock && !$0.isAsExpected && $0.verdict != nil }) { return .redlockBroke }
        if cells.contains(where: { $0.hasFailed }) { return .harnessFailed }
        return cells.allSatisfy(\.isAsExpected) ? .asExpected : .unseenFailure
    }
}

extension BaselineMatrix.Cell {
    var isRedlock: Bool { recipe == RedlockRecipe.self }

    /// The worst of what was seen; nil if nothing was, or if anything that was fits no word.
    var verdict: BaselineVerdict? {
        guard case .seen(let observations) = outcome else { return nil }
        let verdicts = observations.compactMap(\.verdict)
        return verdicts.count == observations.count ? verdicts.max() : nil
    }

    var expected: BaselineVerdict? { recipe.expected[fault] }

    var isAsExpected: Bool { !hasFailed && verdict == expected }

    var hasFailed: Bool {
        switch outcome {
        case .seen: verdict == nil
        case .meaningless: false
        case .failed: true
        }
    }

    /// Why, in one line.
    var reason: String {
        switch outcome {
        case .meaningless(let why): why
        case .failed(let how): how
        case .seen(let observations) where verdict == nil: "the run proves nothing: \(observations)"
        case .seen(let observations): fault.reason(observations, deployment: recipe.deployment)
        }
    }

    /// The word in the matrix.
    var word: String { verdict?.rawValue ?? (hasFailed ? "failed" : "–") }
}
