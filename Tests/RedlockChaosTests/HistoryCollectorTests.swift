import Foundation
import RedlockCore
import RedlockHistory
import RedlockNode
import Testing

@testable import RedlockChaos

struct HistoryCollectorTests {
    @Test("Files are read on from where they ended, lines that are not whole are left, and later operations can be cut off")
    func files() async throws {
        try await ChaosCommand.inTemporaryDirectory { directory in
            let paths = [1, 2].map { directory.appending(path: "\($0).jsonl").path }
            let files = try paths.enumerated().map { try HistoryFile($1, process: $0 + 1) }
            let collector = HistoryCollector()
            let before = BootClock.now()
            files[1].note(.acquire(resource: "r0"), lease: 2, at: before + .milliseconds(2))
            files[0].note(.acquire(resource: "r0"), lease: 1, at: before + .milliseconds(1))
            collector.collect(paths)
            #expect(collector.readAt >= before)
            files[0].note(.refused("contended"), lease: 1, at: before + .milliseconds(3))
            let half = try FileHandle(forWritingTo: URL(filePath: paths[1]))
            try half.seekToEnd()
            try half.write(contentsOf: Data("{\"at\":".utf8))
            collector.collect(paths)
            collector.collect(paths)
            #expect(collector.unreadable.isEmpty)
            #expect(collector.tally.operations == 3 && collector.tally.refused == 1)
            #expect(collector.history(with: []).operations.map(\.lease) == [1, 2, 1])
            #expect(collector.history(with: [], until: before + .milliseconds(2)).operations.map(\.lease) == [1, 2])
        }
    }
}
