import Foundation
import RedlockHistory
import RedlockSimulation
import Testing

struct SeedTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/seeds").standardized

    private static func lines(_ name: String) throws -> [[Substring]] {
        try String(contentsOf: folder.appending(path: name), encoding: .utf8)
            .split(separator: "\n").filter { !$0.hasPrefix("#") }.map { $0.split(separator: " ") }
    }

    @Test("Hostile schedules break nothing, and all heal", arguments: 0..<40)
    func clean(part: UInt64) {
        var total = SimulationStatistics()
        for seed in 1 + part * 50...(part + 1) * 50 {
            let result = Simulation(seed: seed).run()
            #expect(result.report.conclusion == .clean, "seed \(seed): \(result.report.evidence); replay: redlock-chaos replay \(seed)")
            total = total + result.statistics
        }
        #expect(total.grants > 500 && total.extensions > 30 && total.losses > 20, "the runs do too little to mean anything: \(total)")
    }

    @Test("Every seed that once found a bug stays clean")
    func regressions() throws {
        for line in try Self.lines("regressions.txt") {
            let seed = try #require(line.first.flatMap { UInt64($0) })
            let focus = Mutant(rawValue: String(line[1]))
            #expect(
                Simulation(seed: seed, focus: focus).run().report.conclusion == .clean,
                "seed \(seed): \(line.dropFirst(2).joined(separator: " "))")
        }
    }

    @Test("The same seed gives the same run, twice and on every machine")
    func deterministic() throws {
        for line in try Self.lines("digests.txt") {
            let seed = try #require(UInt64(line[0]))
            let (once, twice) = (Simulation(seed: seed).run(), Simulation(seed: seed).run(traced: true))
            #expect(once.digest == twice.digest && once.history == twice.history)
            #expect(String(once.digest, radix: 16) == line[1], "seed \(seed) is another run than it was")
        }
    }

    @Test("A step of a node's clock or a flush is outside the model, whatever comes of it")
    func outside() {
        for kind in [Fault.Kind.stepClock, .flush] {
            var options = SimulationOptions()
            options.faults = [kind]
            options.faultCount = 6
            let result = Simulation(seed: 5, options: options).run()
            #expect(result.report.conclusion == .outsideTheModel)
        }
    }

    @Test("A failing run is made smaller and fails in the same way")
    func shrinking() {
        let simulation = Simulation(seed: 8, mutant: .noQuarantine)
        let before = simulation.run()
        #expect(before.report.conclusion == .unsafe)
        let shrunk = simulation.shrunk(limit: 60)
        #expect(shrunk.plan.faults.count < simulation.plan.faults.count)
        #expect(shrunk.run().report.violated?.checker == before.report.violated?.checker)
    }
}
