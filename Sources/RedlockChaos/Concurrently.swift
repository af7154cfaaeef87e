/// Does something with all of them at once; every one is tried, and the first error is thrown.
func concurrently<Element: Sendable>(_ elements: [Element], _ action: @escaping @Sendable (Element) async throws -> Void) async throws {
    let errors = await withTaskGroup(of: (any Error)?.self) { group in
        for element in elements {
            group.addTask {
                do { try await action(element) } catch { return error }; return nil
            }
        }
        var errors: [any Error] = []
        for await error in group { if let error { errors.append(error) } }
        return errors
    }
    if let first = errors.first { throw first }
}

/// The same where nothing can go wrong.
func concurrently<Element: Sendable>(_ elements: [Element], _ action: @escaping @Sendable (Element) async -> Void) async {
    await withTaskGroup { group in
        for element in elements { group.addTask { await action(element) } }
    }
}
