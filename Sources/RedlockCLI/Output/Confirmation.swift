import Foundation

/// Asks whoever sits at the terminal to type a name, so that nothing is destroyed by a habit.
enum Confirmation {
    /// Whether there is somebody to ask.
    static var isPossible: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Shows the lines, and answers whether the name was typed, as it is or as it is shown.
    static func ask(_ lines: [String], for name: String) -> Bool {
        let shown = Escaping.name(name)
        let text = (lines + [""]).joined(separator: "\n") + "type \(shown) to go on: "
        // Standard output is for the result.
        FileHandle.standardError.write(Data(text.utf8))
        guard let typed = readLine() else { return false }
        return typed == name || typed == shown
    }
}
