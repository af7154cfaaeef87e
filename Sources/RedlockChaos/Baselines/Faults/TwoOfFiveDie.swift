/// Two of five instances are killed while a client has the lock.
enum TwoOfFiveDie {
    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            let handover = Handover(stage) {
                for instance in stage.instances.prefix(2) { await instance.kill() }
            }
            return [try await handover.run(ttl: recipe.deployment.longTTL)]
        }
    }

    static func reason(_ seen: [Observation]) -> String {
        if seen.contains(where: { $0.sold > $0.tickets }) { return "the lock was gone with them, and two sold the one ticket" }
        if seen.contains(where: { !$0.nextGotIn }) { return "the other three gave the lock to nobody" }
        return "the other three kept the lock and gave it to the next one"
    }
}
