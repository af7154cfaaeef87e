import RedlockCore
import RedlockHistory
import Testing

@testable import RedlockChaos

/// Two holders at once, from second 10 on, in a run that healed.
private let twoHolders = History([
    operation(9_000, process: 1, lease: 1, .acquire(resource: "r0")),
    operation(9_500, process: 1, lease: 1, .granted(validUntil: instant(10_500), fence: 1)),
    operation(9_900, process: 2, lease: 2, .acquire(resource: "r0")),
    operation(10_000, process: 2, lease: 2, .granted(validUntil: instant(11_000), fence: 2)),
    operation(10_200, process: 1, lease: 1, .released),
    operation(10_300, process: 2, lease: 2, .released),
    operation(20_000, .healed(liveBy: instant(30_000), cleanWithin: .seconds(1))),
    operation(40_000, .note("end")),
])

private func instant(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

private func operation(_ milliseconds: Int64, process: Int = Operation.world, lease: Int = 0, _ what: Operation.What) -> Operation {
    Operation(at: instant(milliseconds), process: process, lease: lease, what)
}

private func fault(_ from: Int64, _ until: Int64, breaks: Assumption?) -> FaultRecord {
    FaultRecord(nemesis: "test", breaks: breaks, from: instant(from), until: instant(until))
}

private func verdict(
    _ history: History, _ faults: [FaultRecord] = [], failures: [String] = [], gaps: [String] = [], isComplete: Bool = true
) -> RunVerdict {
    var plan = RunPlan(folder: "/nowhere")
    plan.maxTTLMilliseconds = 2_000
    return RunVerdict(history, faults: faults, plan: plan, clients: [], failures: failures, gaps: gaps, isComplete: isComplete)
}

struct RunVerdictTests {
    @Test("Two holders break a promise, also under a fault that Redlock must stand")
    func broken() {
        #expect(verdict(twoHolders).word == .broken)
        #expect(verdict(twoHolders, [fault(9_000, 10_000, breaks: nil)]).word == .broken)
        #expect(verdict(twoHolders, failures: ["something"]).word == .broken)
    }

    @Test("A history with gaps proves nothing, not even that a promise was broken")
    func gaps() {
        #expect(verdict(twoHolders, gaps: ["the disk is full"]).word == .harnessFailure)
    }

    @Test("Under a broken assumption they do not, as long as its effects last")
    func excused() {
        let excused = verdict(twoHolders, [fault(8_000, 9_000, breaks: .clockStep)])
        #expect(excused.word == .valid)
        #expect(excused.outside.allSatisfy { $0.excuse == .clockStep } && !excused.outside.isEmpty)
        #expect(verdict(twoHolders, [fault(1_000, 2_000, breaks: .clockStep)]).word == .broken)
        #expect(verdict(twoHolders, [fault(12_000, 13_000, breaks: .clockStep)]).word == .broken)
    }

    @Test("Nothing excuses an update that is lost")
    func resource() {
        let history = History(
            twoHolders.operations + [
                operation(10_010, process: 1, lease: 1, .read(value: 0)), operation(10_020, process: 2, lease: 2, .read(value: 0)),
                operation(10_030, process: 1, lease: 1, .writes(value: 101)), operation(10_040, process: 1, lease: 1, .wrote),
                operation(10_050, process: 2, lease: 2, .writes(value: 201)), operation(10_060, process: 2, lease: 2, .wrote),
            ])
        let found = verdict(history, [fault(8_000, 9_000, breaks: .foreignDelete)])
        #expect(found.word == .broken)
        #expect(found.broken.map(\.checker) == ["protected resource"])
    }

    @Test("A run that says too little is unknown, and a harness that failed says so")
    func unknown() {
        let calm = History(twoHolders.operations.filter { $0.process != 2 })
        #expect(verdict(calm).word == .valid)
        #expect(verdict(calm, isComplete: false).word == .unknown)
        #expect(verdict(calm, failures: ["a server did not start"]).word == .harnessFailure)
        #expect(verdict(History(calm.operations.filter { $0.process == Operation.world })).word == .unknown)
        #expect(Set([RunVerdict.Word.valid, .broken, .harnessFailure, .unknown].map(\.exitCode)) == [0, 1, 2, 3])
    }

    /// A lease that ran out at 10 s; whoever runs is told 100 ms before.
    private func ranOut(told: Int64, paused: ClosedRange<Int64>? = nil) -> RunVerdict {
        let pause = paused.map {
            [operation($0.lowerBound, process: 1, .paused), operation($0.upperBound, process: 1, .resumed)]
        }
        let operations =
            [
                operation(9_000, process: 1, lease: 1, .acquire(resource: "r0")),
                operation(9_005, process: 1, lease: 1, .granted(validUntil: instant(10_000), fence: 1)),
                operation(told, process: 1, lease: 1, .mustStop),
                operation(20_000, .healed(liveBy: instant(30_000), cleanWithin: .seconds(1))), operation(40_000, .note("end")),
            ] + (pause ?? [])
        return verdict(History(operations.sorted { $0.at < $1.at }))
    }

    @Test("A holder that runs is told before its validity ends; one that got no core in the last 100 ms is excused")
    func told() {
        #expect(ranOut(told: 9_900).word == .valid)
        #expect(ranOut(told: 10_000).word == .valid)
        #expect(ranOut(told: 10_001).broken.map(\.checker) == ["loss told"])
        #expect(ranOut(told: 10_001, paused: 9_860...9_900).word == .valid)
        #expect(ranOut(told: 10_001, paused: 9_850...9_899).word == .broken)
        #expect(ranOut(told: 10_050, paused: 9_990...10_040).word == .valid)
    }

    @Test("A grant that a pause hid until it was over is none; without a pause it is a violation")
    func missedGrant() {
        let late = [
            operation(0, process: 1, lease: 1, .acquire(resource: "r0")),
            operation(3_000, process: 1, lease: 1, .granted(validUntil: instant(1_000), fence: 1)),
            operation(20_000, .healed(liveBy: instant(30_000), cleanWithin: .seconds(1))),
        ]
        #expect(verdict(History(late).withoutGrantsMissedInPauses()).word == .broken)
        let paused = History([late[0], operation(5, process: 1, .paused), operation(2_900, process: 1, .resumed)] + late[1...])
        #expect(paused.withoutGrantsMissedInPauses().leases.isEmpty)
    }
}

struct ReportTests {
    private let result = RunResult(
        plan: RunPlan(folder: "/nowhere"), history: twoHolders,
        faults: [
            fault(8_000, 9_700, breaks: nil), fault(9_950, 10_100, breaks: .clockStep),
        ], verdict: verdict(twoHolders), startedAt: instant(0), firstViolationAfter: nil)

    @Test("Acquires count for the faults that were in force while they waited")
    func latencies() throws {
        let rows = LatencyTable(twoHolders, faults: [fault(8_000, 9_700, breaks: nil)]).rows
        #expect(rows.map(\.phase) == ["healthy", "test"])
        #expect(rows.map(\.grants) == [[100], [500]])
        #expect(rows[0].histogram == [0, 0, 0, 0, 1, 0, 0, 0, 0])
        #expect(rows[1].quantile(0.99) == 500)
    }

    @Test("Recovery is the time from the end of a fault to the next grant")
    func recovery() {
        let rows = RecoveryTable(twoHolders, faults: [fault(8_000, 9_700, breaks: nil), fault(9_950, 10_100, breaks: nil)]).rows
        #expect(rows.count == 1)
        #expect(rows.first?.times == [300, nil])
    }

    @Test("The page shows the verdict, every lease and how to repeat it, and loads nothing")
    func page() {
        let page = HTMLReport(result: result).text
        #expect(page.contains("A promise was broken"))
        #expect(page.contains("The first one, enlarged"))
        #expect(page.contains("lease 1, fencing token 1") && page.contains("lease 2, fencing token 2"))
        #expect(page.contains(result.plan.command))
        for word in ["<script", "src=", "href=", "@import", "url("] { #expect(!page.contains(word)) }
    }
}
