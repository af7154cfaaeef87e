import Foundation

/// One line on standard error that says what is being measured, if somebody is looking.
///
/// Written between trials only, so that writing is not measured.
struct Progress: Sendable {
    private let isShown = isatty(STDERR_FILENO) == 1
    /// What is said before everything else: which workload it is.
    var heading = ""

    /// Replaces the line.
    func show(_ text: String) {
        guard isShown else { return }
        write("\r\u{1B}[2K\((heading.isEmpty ? text : "\(heading): \(text)").prefix(100))")
    }

    /// Takes the line away.
    func clear() {
        guard isShown else { return }
        write("\r\u{1B}[2K")
    }

    /// Says something that stays, whoever is looking.
    func note(_ text: String) {
        clear()
        write("redlock-bench: \(text)\n")
    }

    private func write(_ text: String) {
        FileHandle.standardError.write(Data(text.utf8))
    }
}
