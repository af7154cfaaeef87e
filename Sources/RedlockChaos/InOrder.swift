/// Runs `work` on every element, so many at a time, and returns the answers in the order of the elements.
func inOrder<Element: Sendable, Answer: Sendable>(
    _ elements: [Element], workers: Int, _ work: @escaping @Sendable (Element) -> Answer
) async -> [Answer] {
    await withTaskGroup(of: (Int, Answer).self) { group in
        var answers = [Answer?](repeating: nil, count: elements.count)
        var next = 0
        func add() {
            guard next < elements.count else { return }
            let (index, element) = (next, elements[next])
            group.addTask { (index, work(element)) }
            next += 1
        }
        for _ in 0..<workers { add() }
        for await (index, answer) in group {
            answers[index] = answer
            add()
        }
        return answers.compactMap { $0 }
    }
}
