import Foundation

/// The output of `--json`: an array of objects, keys in alphabetical order so that it can be compared, UTF-8.
///
/// A key that has nothing to say is left out; `jq` and JavaScript read that as null. Keys are only ever added.
enum JSONText {
    /// The lines of the array.
    static func lines(_ objects: [some Encodable]) throws(CommandFailure) -> [String] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do {
            return String(decoding: try encoder.encode(objects), as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
                .map(String.init)
        } catch {
            throw CommandFailure(ExitStatus.output, "cannot write JSON: \(error)")
        }
    }

    /// One object in one line, for commands that go on: JSON Lines.
    static func line(_ object: some Encodable) throws(CommandFailure) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        do { return String(decoding: try encoder.encode(object), as: UTF8.self) } catch {
            throw CommandFailure(ExitStatus.output, "cannot write JSON: \(error)")
        }
    }
}
