/// The ttl ends while the holder is still at it: at its work, or at the worst point of its release.
enum WorkOutlivesTTL {
    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            if recipe.deployment == .five {
                // It keeps the lock for as long as its process runs; one that stands still cannot extend.
                let kept = try await observe(stage, "the lease was extended", from: .milliseconds(450)) { !$0.nextGotInEarly }
                let stale = try await observe(stage, "a late write was refused", standsStill: true) { $0.staleWrites > 0 }
                return kept + stale
            }
            let working = try await observe(stage, "the ttl ended under the work") { $0.nextGotInEarly }
            guard recipe.releasesInTwoSteps else { return working }
            return try await working + observe(stage, "the ttl ended within the release", caught: .releasing) { $0.nextGotInEarly }
        }
    }

    /// Repeats what a slow machine has spoiled, with more time; an observation that breaks a promise is kept in any case.
    private static func observe(
        _ stage: Stage, _ goal: String, caught moment: Handover.Moment = .working, from start: Duration = .milliseconds(200),
        standsStill: Bool = false, until isReached: (Observation) -> Bool
    ) async throws -> [Observation] {
        var seen: [Observation] = []
        for attempt in 0..<6 {
            let ttl = min(start * (1 << attempt), stage.recipe.deployment.longTTL)
            do {
                let key = "\(goal) \(attempt)"
                seen.append(try await handover(stage, key, moment, ttl).run(ttl: ttl, standsStill: standsStill))
            } catch is Handover.CameTooLate {
                continue
            }
            if seen.contains(where: { isReached($0) || $0.verdict != .held }) { return seen }
        }
        throw BaselineFailure("in six runs it was not seen that \(goal)")
    }

    private static func handover(_ stage: Stage, _ key: String, _ moment: Handover.Moment, _ ttl: Duration) -> Handover {
        Handover(stage, key: key, caught: moment) {
            // Until it is over; three times the ttl where somebody keeps it up.
            let end = ContinuousClock.now + ttl * 3
            while try await stage.isLocked(key), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    static func reason(_ seen: [Observation], _ deployment: Deployment) -> String {
        if let theft = seen.first(where: \.nextLostItsLock) {
            return "the late release deleted the next one's lock" + (theft.thirdGotIn ? "; a third got in" : "")
        }
        if seen.contains(where: { $0.sold > $0.tickets }) {
            return "the lock ended under the work, and two sold the one ticket"
        }
        return deployment == .five ? "it extended itself; a stopped holder's late write was fenced" : "the lock was kept"
    }
}
