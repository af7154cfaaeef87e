/// The ttl ends while the holder is still at it: at its work, or at the worst point of its release.
enum WorkOutlivesTTL {
    static func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        try await Stage.with(recipe) { stage in
            var seen = [try await run(stage, key: "work", caught: .working)]
            if recipe.releasesInTwoSteps { seen.append(try await caughtWhileReleasing(stage)) }
            // One whose process does not run cannot extend; to the recipes that never do it makes no difference.
            if recipe.deployment == .five { seen.append(try await run(stage, key: "pause", caught: .working, standsStill: true)) }
            return seen
        }
    }

    private static func run(
        _ stage: Stage, key: String, caught moment: Handover.Moment, ttl: Duration = .milliseconds(300), standsStill: Bool = false
    ) async throws -> Observation {
        try await Handover(stage, key: key, caught: moment) {
            // Until it is over; three times the ttl where somebody keeps it up.
            let end = ContinuousClock.now + ttl * 3
            while try await stage.isLocked(key), ContinuousClock.now < end { try await Task.sleep(for: .milliseconds(5)) }
        }.run(ttl: ttl, standsStill: standsStill)
    }

    /// On a slow machine the ttl can be over before the release has begun; then it gets more time.
    private static func caughtWhileReleasing(_ stage: Stage) async throws -> Observation {
        var ttl = Duration.milliseconds(200)
        for attempt in 0..<6 {
            do {
                return try await run(stage, key: "release-\(attempt)", caught: .releasing, ttl: ttl)
            } catch is Handover.CameTooLate {
                ttl *= 2
            }
        }
        throw BaselineFailure("no release was quicker than a ttl of \(ttl / 2)")
    }

    static func reason(_ seen: [Observation], _ deployment: Deployment) -> String {
        if let theft = seen.first(where: \.nextLostItsLock) {
            return "the late release deleted the next one's lock" + (theft.thirdGotIn ? "; a third got in" : "")
        }
        if seen.contains(where: { $0.sold > $0.tickets }) {
            return "the lock ended under the work, and two sold the one ticket"
        }
        guard deployment == .five else { return "the lock was kept" }
        let early = seen.contains { $0.nextGotInEarly && $0.staleWrites > 0 }
        let extended = seen.contains { !$0.nextGotInEarly }
        return [
            extended ? "it extended itself" : nil, early ? "a stopped holder's late write was fenced off" : nil,
        ].compactMap(\.self).joined(separator: "; ")
    }
}
