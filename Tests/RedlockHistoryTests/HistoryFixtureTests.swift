import Foundation
import RedlockHistory
import Testing

/// Every history in Fixtures/histories, good and bad: the first word of its first line says what must be found, and
/// nothing else may be.
struct HistoryFixtureTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Fixtures/histories")
        .standardized

    static let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path))?.filter { $0.hasSuffix(".jsonl") }.sorted() ?? []

    @Test("Each history is judged as it says, and by that checker alone", arguments: names)
    func judged(name: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
        let expected = try #require(text.split(separator: "\n").first?.dropFirst(2).split(separator: ":").first.map { String($0) })
        let report = Report(on: try History(jsonLines: text))
        switch expected {
        case "valid": #expect(report.conclusion == .clean, "\(report.evidence)")
        case "unknown": #expect(report.conclusion == .unknown)
        case "outside the model": #expect(report.conclusion == .outsideTheModel)
        default:
            #expect(report.findings.filter { $0.verdict.isInvalid }.map(\.checker) == [expected], "\(report.evidence)")
            #expect(report.conclusion == (expected == "liveness" ? .notLive : .unsafe))
        }
    }

    @Test("Every checker has a bad history of its own")
    func everyChecker() throws {
        let subjects = try Self.names.map { name in
            try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8).split(separator: "\n")[0]
        }
        for checker in Report.checkers { #expect(subjects.contains { $0.hasPrefix("# \(checker.name):") }, "none for \(checker.name)") }
    }

    @Test("A history is read as it was written", arguments: names)
    func roundTrip(name: String) throws {
        let history = try History(jsonLines: String(contentsOf: Self.folder.appending(path: name), encoding: .utf8))
        #expect(try History(jsonLines: history.jsonLines) == history)
    }
}
