import Foundation

/// Where `redlock` speaks for itself: one line each, so that it can be told from what a command writes.
enum StandardError {
    /// How wide a line may be: the terminal's width, 80 when it is none.
    static var width: Int { StandardOutput.width(of: 2) }

    /// Writes a line. A standard error that is closed changes nothing about what the program does.
    static func say(_ message: String) {
        let line = "redlock: \(message)\n"
        // One write, so that the line is not mixed with those of the command.
        var bytes = Array(line.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { write(2, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            bytes = bytes.dropFirst(written)
        }
    }
}
