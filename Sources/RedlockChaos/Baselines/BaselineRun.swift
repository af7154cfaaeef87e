/// Runs every cell of the matrix, each on servers of its own, a few at a time.
struct BaselineRun: Sendable {
    let recipes: [any LockRecipe.Type]
    /// Told how many of how many cells are done, and which one was the last.
    var progress: @Sendable (_ done: Int, _ total: Int, _ last: BaselineMatrix.Cell) -> Void = { _, _, _ in }

    private static let atATime = 4

    private struct Task: Sendable {
        let position: Int
        let recipe: any LockRecipe.Type
        let fault: BaselineFault
    }

    func run() async -> BaselineMatrix {
        let all = recipes.flatMap { recipe in BaselineFault.allCases.map { (recipe, $0) } }
        var cells = [BaselineMatrix.Cell?](repeating: nil, count: all.count)
        var tasks: [Task] = []
        for (position, (recipe, fault)) in all.enumerated() {
            if let why = fault.isMeaningless(to: recipe.deployment) {
                cells[position] = .init(recipe: recipe, fault: fault, outcome: .meaningless(why))
            } else {
                tasks.append(Task(position: position, recipe: recipe, fault: fault))
            }
        }
        // Those that wait out a quarantine first, so that the others run meanwhile.
        let (slow, quick) = (tasks.filter { $0.recipe.deployment == .five }, tasks.filter { $0.recipe.deployment != .five })
        await run(slow + quick) { position, cell in cells[position] = cell }
        return BaselineMatrix(cells: cells.compactMap(\.self))
    }

    private func run(_ tasks: [Task], _ finished: (Int, BaselineMatrix.Cell) -> Void) async {
        await withTaskGroup(of: (Int, BaselineMatrix.Cell).self) { group in
            var next = tasks.makeIterator()
            for task in tasks.prefix(Self.atATime) {
                _ = next.next()
                group.addTask { (task.position, await Self.cell(task)) }
            }
            var done = 0
            for await (position, cell) in group {
                finished(position, cell)
                done += 1
                progress(done, tasks.count, cell)
                if let task = next.next() { group.addTask { (task.position, await Self.cell(task)) } }
            }
        }
    }

    private static func cell(_ task: Task) async -> BaselineMatrix.Cell {
        let outcome: BaselineMatrix.Cell.Outcome
        do {
            outcome = .seen(try await task.fault.strike(task.recipe))
        } catch {
            outcome = .failed("\(error)")
        }
        return .init(recipe: task.recipe, fault: task.fault, outcome: outcome)
    }
}
