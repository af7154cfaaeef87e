import ArgumentParser
import Foundation

/// `redlock-chaos run`: real servers, real clients, and faults.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets real clients lock on real servers under faults, and checks what they were promised.",
        discussion: """
            Starts redis-servers on free ports of loopback and client processes that lock and change a protected resource. \
            Which faults come when is decided by the seed. When the time is over everything heals, every lock must be given \
            again, and the history of all clients is checked.

            Nemeses within the promise:
            \(list(Nemeses.withinThePromise))

            Nemeses outside the promise, where two may hold a lock at once and the protected resource must still be safe:
            \(list(Nemeses.outsideThePromise))

            Exit codes: 0 every promise was kept; 1 a promise was broken; 2 the harness itself failed; 3 not known, for \
            example because the run was interrupted; 64 wrong usage.
            """)

    private static func list(_ nemeses: [any Nemesis]) -> String {
        nemeses.map { "  \($0.name)\(String(repeating: " ", count: max(14 - $0.name.count, 1)))\($0.summary)" }.joined(separator: "\n")
    }

    @Option(help: "How many nodes, 1 to 9.")
    var nodes = 5

    @Option(help: "How many client processes, 1 to 64.")
    var clients = 8

    @Option(help: "How many resources they lock.")
    var resources = 3

    @Option(help: "For how long faults are made; start, healing and checks come on top.")
    var duration = Span(milliseconds: 60_000)

    @Option(help: "all, within, outside, none, or names with commas between them.")
    var nemesis = "within"

    @Option(help: "Decides the faults and what the clients do; drawn if not given.")
    var seed: UInt64?

    @OptionGroup var ttls: TTLOptions

    @Option(help: "The folder for the report; a new one under the temporary directory if not given.")
    var report: String?

    @Flag(help: "Print the verdict as JSON.")
    var json = false

    @Flag(help: "Keep the folder also when every promise was kept and no --report was given.")
    var keep = false

    @Flag(help: "End as soon as a promise is seen broken.")
    var stopAtViolation = false

    @Flag(help: .hidden)
    var noQuarantine = false

    func validate() throws {
        if !(1...9).contains(nodes) { throw ValidationError("--nodes must be 1 to 9") }
        if !(1...64).contains(clients) { throw ValidationError("--clients must be 1 to 64") }
        if !(1...100).contains(resources) { throw ValidationError("--resources must be 1 to 100") }
        do { _ = try Nemeses.named(nemesis) } catch { throw ValidationError(error.description) }
    }

    func run() async throws {
        var plan = RunPlan(folder: report ?? FileManager.default.temporaryDirectory.appending(path: "redlock-chaos-\(UUID())").path)
        plan.nodes = nodes
        plan.clients = clients
        plan.resources = resources
        plan.milliseconds = duration.milliseconds
        plan.nemesisText = nemesis
        plan.nemeses = try Nemeses.named(nemesis)
        plan.seed = seed ?? .random(in: 1...999_999)
        ttls.apply(to: &plan)
        plan.quarantine = !noQuarantine
        plan.stopsAtViolation = stopAtViolation

        let screen = RunScreen()
        let result: RunResult
        do {
            result = try await Interruptible.run(plan, screen: screen)
        } catch {
            screen.finish()
            StandardError.write("redlock-chaos: \(error)\n")
            if FileManager.default.fileExists(atPath: plan.folder) { StandardError.write("what there is lies in \(plan.folder)\n") }
            throw ExitCode(RunVerdict.Word.harnessFailure.exitCode)
        }
        screen.finish()
        print(result.summary(json: json))
        if result.verdict.word == .valid, report == nil, !keep {
            try? FileManager.default.removeItem(atPath: plan.folder)
        } else if !json {
            print("report: \(plan.folder)/report.html")
        }
        if result.verdict.word != .valid { throw ExitCode(result.verdict.word.exitCode) }
    }
}
