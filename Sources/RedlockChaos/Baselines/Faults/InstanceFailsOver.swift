/// An instance dies whose replica has not copied the lock yet, and that replica is promoted.
enum InstanceFailsOver {
    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe, failover: true) { stage in
            let instance = stage.instances[0]
            try await instance.cutReplication()
            let handover = Handover(stage) {
                // A majority may be all that was waited for.
                try await Stage.wait("every instance to have the lock") { try await stage.isLockedEverywhere("tickets") }
                try await instance.failOver()
            }
            return [try await handover.run(ttl: recipe.deployment.longTTL)]
        }
    }

    static func reason(_ seen: [Observation], _ deployment: Deployment) -> String {
        if seen.contains(where: { $0.sold > $0.tickets }) {
            return "the replica lacked the lock, and two sold the one ticket"
        }
        return deployment == .five
            ? "one vote was lost; the other four refused the next one" : "the promoted replica had the lock"
    }
}
