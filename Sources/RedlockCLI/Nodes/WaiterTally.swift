import RedlockCore

/// Those who wait for a lock, as the nodes say together. Pure.
///
/// Only who has a name says that it waits, and a node may have missed it, so they are the least there are.
struct WaiterTally: Sendable, Hashable {
    /// How many they are.
    let count: Int
    /// The names of those that were told one by one, in the order of the alphabet; one for each of them.
    let names: [String]

    private static let mostShown = 8

    /// Each waiter tells all nodes, and is counted once.
    init(_ lists: [LockReading.Waiting]) {
        let all = Set(lists.flatMap(\.some))
        count = max(all.count, lists.map(\.count).max() ?? 0)
        names = all.compactMap { LockValue($0).name }.sorted()
    }

    /// A line for people, if anybody waits.
    var sentence: String? {
        guard count > 0 else { return nil }
        var groups: [(name: String, count: Int)] = []
        for name in names {
            if groups.last?.name == name { groups[groups.count - 1].count += 1 } else { groups.append((name, 1)) }
        }
        var shown = groups.prefix(Self.mostShown).map { Escaping.name($0.name) + ($0.count > 1 ? " ×\($0.count)" : "") }
        if groups.count > Self.mostShown || names.count < count { shown.append("…") }
        return "waiting: \(count) (\(shown.joined(separator: ", ")))"
    }
}
