import RedlockSimulation
import Testing

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
}
