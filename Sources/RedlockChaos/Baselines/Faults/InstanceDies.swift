/// An instance is killed while a client has the lock. Where there is a replica, it had the lock too and is promoted.
enum InstanceDies {
    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            let instance = stage.instances[0]
            let handover = Handover(stage) {
                guard instance.hasReplica else { return await instance.kill() }
                try await Stage.wait("the replica to get the lock") { try await instance.replicaHas("tickets") }
                try await instance.failOver()
            }
            return [try await handover.run(ttl: recipe.deployment.longTTL)]
        }
    }

    static func reason(_ seen: [Observation], _ deployment: Deployment) -> String {
        if seen.contains(where: { $0.unreachable && !$0.nextGotIn }) {
            return "the only instance is gone: nobody can lock or give back"
        }
        if seen.contains(where: { $0.sold > $0.tickets }) { return "the lock was gone with it, and two sold the one ticket" }
        return deployment == .oneWithReplica
            ? "the replica had copied the lock before it was promoted" : "the other four kept the lock and gave it to the next one"
    }
}
