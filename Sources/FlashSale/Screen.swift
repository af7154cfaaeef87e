import Foundation

/// Standard output: lines that stay and, on a terminal, one below them that is written again and again.
actor Screen {
    nonisolated let style: Style
    private let isTerminal: Bool
    private var status = ""
    /// When the present sale began: what events are dated from.
    private(set) var opening = ContinuousClock.now

    init() {
        let environment = ProcessInfo.processInfo.environment
        isTerminal = isatty(STDOUT_FILENO) == 1 && environment["TERM"] != "dumb"
        style = Style(isColoured: isTerminal && (environment["NO_COLOR"] ?? "").isEmpty, isTerminal: isTerminal)
    }

    func startClock() { opening = .now }

    /// Writes a dated line that stays.
    func event(_ text: String) {
        print("  \(style.dim(Style.seconds(.now - opening, width: 6)))  \(text)")
    }

    /// Writes a line that stays.
    func print(_ line: String = "") {
        write((isTerminal ? "\r\u{1B}[K" : "") + line + "\n" + (status.isEmpty ? "" : inPlace(status)))
    }

    /// Shows how things stand: in place on a terminal. Otherwise `plain`, if given, as a line like any other.
    func show(_ status: String, plain: String? = nil) {
        if isTerminal {
            self.status = status
            write(inPlace(status))
        } else if let plain {
            write(plain + "\n")
        }
    }

    /// Takes the status away, or leaves its last form standing.
    func endStatus(keeping: Bool = false) {
        guard !status.isEmpty else { return }
        write(keeping ? "\n" : "\r\u{1B}[K")
        status = ""
    }

    // Without automatic wrapping, so that a narrow window cuts the line off instead of breaking it.
    private func inPlace(_ text: String) -> String { "\r\u{1B}[?7l\(text)\u{1B}[K\u{1B}[?7h" }

    private func write(_ text: String) {
        try? FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }
}

/// Colours where there are any, and how things are written here.
struct Style: Sendable {
    let isColoured: Bool
    let isTerminal: Bool

    func bold(_ text: String) -> String { coded("1", text) }
    func dim(_ text: String) -> String { coded("2", text) }
    func red(_ text: String) -> String { coded("31", text) }
    func green(_ text: String) -> String { coded("32", text) }
    func yellow(_ text: String) -> String { coded("33", text) }

    private func coded(_ code: String, _ text: String) -> String { isColoured ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }

    /// "1.2 s", right-aligned.
    static func seconds(_ duration: Duration, width: Int = 0) -> String {
        padded(String(format: "%.1f s", duration / .seconds(1)), width)
    }

    static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }
}
