import Testing

@testable import RedlockSimulation

struct ExplorerTests {
    @Test("A rule left out has a counterexample", arguments: ExplorerScope.broken.filter { $0.isQuick })
    func counterexample(scope: ExplorerScope) {
        var explorer = Explorer(scope, limit: 300_000)
        let outcome = explorer.run()
        #expect(outcome.violation != nil, "\(scope.name) without \(scope.mutant?.rawValue ?? "")")
        #expect(!outcome.steps.isEmpty)
    }

    @Test("Small scopes hold entirely", arguments: ExplorerScope.all.filter { $0.isQuick })
    func holds(scope: ExplorerScope) {
        var explorer = Explorer(scope, limit: 300_000)
        let outcome = explorer.run()
        #expect(
            outcome.violation == nil && outcome.isComplete,
            "\(scope.name): \(outcome.violation ?? "not finished"), \(outcome.states) states")
        #expect(outcome.grants > 0)
    }

    @Test("Taking clients and nodes for interchangeable leaves no state out", arguments: [ExplorerScope.drift, .fencingCrash])
    func symmetry(scope: ExplorerScope) {
        let small = scope.with { ($0.horizon, $0.inOrder, $0.hearsAtOnce) = (1, true, true) }
        var reduced = Explorer(small)
        var whole = Explorer(small.with { $0.usesSymmetry = false })
        let (few, all) = (reduced.run(), whole.run())
        #expect(few.isComplete && all.isComplete && few.violation == nil && all.violation == nil)
        #expect(few.allStates == all.states && few.states < all.states, "\(few.states) stand for \(few.allStates) of \(all.states)")
    }

    @Test("Every counterexample that the specification names is looked for")
    func named() {
        let rules = Set(ExplorerScope.broken.compactMap(\.mutant))
        let named: Set<Mutant> = [
            .noDrift, .tokenReused, .noQuarantine, .extendShortens, .staleNowWhileExtending, .extendNotQuarantined,
            .quarantineShortByASecond, .raiseWithoutKeyCheck, .staleNowWhileVoting, .counterLogical, .raiseNotQuarantined,
            .singlePhaseFencing,
        ]
        #expect(rules == named)
    }
}
