import ArgumentParser
import Foundation

/// `redlock-chaos baseline`: the lock recipes of the web under the faults that tell them apart.
struct Baseline: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts the lock recipes of the web to the same test, and prints what becomes of each.",
        discussion: """
            Every cell of the matrix is decided by what happened on real redis-servers, which are started and stopped for it. \
            Each recipe but redlock must show its known failures: a harness that does not see them proves nothing about \
            redlock either.

            Recipes: \(Recipes.all.map { $0.name }.joined(separator: ", ")).

            Exit codes: 0 as expected; 1 redlock broke; 2 the harness failed; 3 a known failure was not seen, or another was; \
            64 wrong usage.
            """)

    @Argument(help: "These recipes only.")
    var names: [String] = []

    @Flag(help: "All recipes, as without a name.")
    var all = false

    @Flag(help: "Print JSON instead of text: an array with an object for each cell.")
    var json = false

    func validate() throws {
        if all && !names.isEmpty { throw ValidationError("write names of recipes or --all, not both") }
        for name in names where !Recipes.all.contains(where: { $0.name == name }) {
            throw ValidationError("there is no recipe \"\(name)\"; there are \(Recipes.all.map { $0.name }.joined(separator: ", "))")
        }
    }

    func run() async throws {
        let chosen = names.isEmpty ? Recipes.all : Recipes.all.filter { names.contains($0.name) }
        let matrix = await BaselineRun(recipes: chosen, progress: Self.show).run()
        StandardError.clearLine()
        do {
            print(json ? try matrix.json() : matrix.text)
        } catch {
            StandardError.write("cannot write JSON: \(error)\n")
            throw ExitCode(BaselineMatrix.Conclusion.harnessFailed.rawValue)
        }
        if matrix.conclusion != .asExpected { throw ExitCode(matrix.conclusion.rawValue) }
    }

    /// One line that is written again and again, if somebody is watching.
    private static func show(_ done: Int, _ total: Int, _ last: BaselineMatrix.Cell) {
        guard StandardError.isTerminal else { return }
        StandardError.clearLine()
        StandardError.write("\(done) of \(total): \(last.recipe.name), \(last.fault.rawValue): \(last.word)")
    }
}
