import Testing

@testable import RedlockChaos

struct NemesisScheduleTests {
    private func schedule(_ seed: UInt64, milliseconds: Int64 = 120_000) -> NemesisSchedule {
        NemesisSchedule(Nemeses.all, milliseconds: milliseconds, ttl: 1_000, quarantine: 4_000, seed: seed)
    }

    @Test("A seed always gives the same faults, and another seed others")
    func seeded() {
        #expect(schedule(7).faults == schedule(7).faults)
        #expect(schedule(7).faults != schedule(8).faults)
    }

    @Test(
        "Every nemesis comes, at most three faults are in force, none meets itself, and all end in time",
        arguments: 1...50 as ClosedRange<UInt64>)
    func wellFormed(seed: UInt64) {
        let faults = schedule(seed).faults
        #expect(Set(faults.map(\.nemesis)) == Set(Nemeses.all.indices))
        for (index, fault) in faults.enumerated() {
            #expect(fault.duration > 0 && fault.at + fault.duration <= 120_000)
            let inForce = faults[..<index].filter { $0.at + $0.duration > fault.at }
            #expect(inForce.count < 3)
            #expect(!inForce.contains { $0.nemesis == fault.nemesis })
            let last = faults[..<index].last { $0.nemesis == fault.nemesis }
            if let last, Nemeses.all[fault.nemesis].emptiesMajority { #expect(fault.at >= last.at + last.duration + 4_000) }
        }
    }

    @Test("Without nemeses there are no faults")
    func none() {
        #expect(NemesisSchedule([], milliseconds: 10_000, ttl: 1_000, quarantine: 4_000, seed: 1).faults.isEmpty)
    }

    @Test("Nemeses are chosen by name or by what Redlock promises")
    func names() throws {
        #expect(try Nemeses.named("all").count == Nemeses.all.count)
        #expect(try Nemeses.named("kill,partition,kill").map(\.name) == ["kill", "partition"])
        #expect(try Nemeses.named("none").isEmpty)
        #expect(try Nemeses.named("outside").allSatisfy { $0.breaks != nil })
        #expect(throws: HarnessFailure.self) { try Nemeses.named("kil") }
        #expect(Set(Nemeses.all.map(\.name)).count == Nemeses.all.count)
    }
}
