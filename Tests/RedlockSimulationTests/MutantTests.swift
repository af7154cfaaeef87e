import RedlockHistory
import RedlockSimulation
import Testing

struct MutantTests {
    @Test(
        "A rule left out at the edges of the machine is noticed within its bound, and by nothing but its absence",
        arguments: Mutant.simulated)
    func caught(mutant: Mutant) throws {
        let bound = try #require(mutant.bound)
        for seed in 1...UInt64(bound) {
            let simulation = Simulation(seed: seed, mutant: mutant)
            let conclusion = simulation.run().report.conclusion
            guard conclusion == .unsafe || conclusion == .notLive else { continue }
            let control = Simulation(seed: seed, options: simulation.options, plan: simulation.plan).run()
            #expect(control.report.conclusion == .clean, "seed \(seed) fails without the mutant too")
            return
        }
        Issue.record("\(mutant.rawValue) (\(mutant.sentence)) survived \(bound) seeds")
    }

    @Test("There are enough of them")
    func enough() {
        #expect(Mutant.simulated.count >= 20)
    }
}
