import Foundation

/// Where progress and failures are told. A terminal or a reader that is gone does not end the program.
enum StandardError {
    /// Whether somebody is watching.
    static let isTerminal = isatty(STDERR_FILENO) == 1

    static func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }

    /// Goes back to an empty line, on a terminal.
    static func clearLine() { if isTerminal { write("\r\u{1B}[K") } }
}
