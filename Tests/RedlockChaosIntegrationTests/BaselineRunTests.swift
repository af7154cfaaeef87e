import Testing

@testable import RedlockChaos

/// The whole matrix, for real.
@Suite(.timeLimit(.minutes(3))) struct BaselineRunTests {
    @Test func `every recipe shows its known failures, and redlock none`() async {
        let matrix = await BaselineRun(recipes: Recipes.all).run()
        #expect(matrix.cells.count == Recipes.all.count * BaselineFault.allCases.count)
        for cell in matrix.cells {
            #expect(cell.isAsExpected, "\(cell.recipe.name), \(cell.fault.rawValue): \(cell.word): \(cell.reason)")
        }
        #expect(matrix.conclusion == .asExpected, "\(matrix.text)")
        #expect(matrix.text.split(separator: "\n").allSatisfy { $0.count <= 100 })
    }
}
