import ArgumentParser
import Foundation

/// `redlock-chaos client`: one client process of a run; started by the harness only.
struct Client: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "One client of a run; started by run.", shouldDisplay: false)

    @Argument(help: "The plan, as JSON.")
    var plan: String

    func run() async throws {
        let worker = try await Worker(try JSONDecoder().decode(WorkerPlan.self, from: Data(plan.utf8)))
        worker.listen()
        await worker.run()
    }
}
