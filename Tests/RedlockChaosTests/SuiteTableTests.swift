import Foundation
import Testing

@testable import RedlockChaos

struct SuiteTableTests {
    private func row(_ word: RunVerdict.Word) -> SuiteTable.Row { SuiteTable.Row("kill", word, "because", seed: 7, seconds: 43.9) }

    @Test(
        "A suite ends with the worst of its runs; one that was interrupted is not known, unless it is worse",
        arguments: [
            ([RunVerdict.Word.valid, .valid], false, Int32(0)), ([.valid, .unknown], false, 3), ([.unknown, .harnessFailure], false, 2),
            ([.harnessFailure, .broken, .unknown], false, 1), ([], true, 3), ([.valid], true, 3), ([.broken], true, 1),
        ])
    func exitCode(words: [RunVerdict.Word], isInterrupted: Bool, expected: Int32) {
        #expect(SuiteTable(rows: words.map(row), isInterrupted: isInterrupted).exitCode == expected)
    }

    @Test("Cells stand below their titles, and only what is not valid says why")
    func text() {
        #expect(row(.valid).text.count == SuiteTable.head.count)
        #expect(row(.valid).text.hasSuffix("       0"))
        #expect(row(.broken).text.hasSuffix("\n    because"))
    }

    @Test("A line of JSON is one object, whatever the reason contains")
    func json() throws {
        let line = SuiteTable.Row("mix", failure: "\"a\"\nb", seed: .max, seconds: 1).json
        #expect(!line.contains("\n"))
        let object = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(object["reason"] as? String == "\"a\"\nb" && object["verdict"] as? String == "harness failure")
        #expect(object["seed"] as? UInt64 == .max)
    }
}
