/// What tells the recipes apart.
enum BaselineFault: String, Sendable, CaseIterable, Encodable {
    case clientDies = "client-dies-half-way"
    case outlives = "work-longer-than-ttl"
    case buyers = "50-buyers-10-tickets"
    case instanceDies = "instance-dies"
    case failsOver = "instance-fails-over"
    case twoDie = "two-of-five-die"

    /// The title of its column, in two lines.
    var title: (String, String) {
        switch self {
        case .clientDies: ("client dies", "half-way")
        case .outlives: ("work longer", "than ttl")
        case .buyers: ("50 buyers,", "10 tickets")
        case .instanceDies: ("instance", "dies")
        case .failsOver: ("instance", "fails over")
        case .twoDie: ("two of five", "die")
        }
    }

    /// Why it means nothing to a recipe of this deployment; nil if it does.
    func isMeaningless(to deployment: Deployment) -> String? {
        switch (self, deployment) {
        case (.buyers, _): nil
        case (_, .nothing): "there is no lock to break"
        case (.clientDies, _), (.outlives, _), (.instanceDies, _): nil
        case (.failsOver, .one): "one instance: there is nothing to fail over to"
        case (.twoDie, .one), (.twoDie, .oneWithReplica): "there are no five instances"
        case (.failsOver, _), (.twoDie, _): nil
        }
    }

    /// Makes it happen to a recipe on servers of its own, as often as it takes to see all that can come of it.
    func strike(_ recipe: any LockRecipe.Type) async throws -> [Observation] {
        switch self {
        case .clientDies: try await ClientDies.strike(recipe)
        case .outlives: try await WorkOutlivesTTL.strike(recipe)
        case .buyers: try await FiftyBuyers.strike(recipe)
        case .instanceDies: try await InstanceDies.strike(recipe)
        case .failsOver: try await InstanceFailsOver.strike(recipe)
        case .twoDie: try await TwoOfFiveDie.strike(recipe)
        }
    }

    /// Why what was seen came about, in one line.
    func reason(_ seen: [Observation], deployment: Deployment) -> String {
        switch self {
        case .clientDies: ClientDies.reason(seen)
        case .outlives: WorkOutlivesTTL.reason(seen, deployment)
        case .buyers: FiftyBuyers.reason(seen)
        case .instanceDies: InstanceDies.reason(seen, deployment)
        case .failsOver: InstanceFailsOver.reason(seen, deployment)
        case .twoDie: TwoOfFiveDie.reason(seen)
        }
    }
}
