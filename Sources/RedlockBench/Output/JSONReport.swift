import Foundation

/// The report for programs.
struct JSONReport: Encodable {
    let machine: Machine
    let figures: [Figure]
    let targets: [Target.Verdict]
    let notes: [String]

    /// Indented, with the keys in the order of the alphabet, so that two runs can be compared line by line.
    func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
