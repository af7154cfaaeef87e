import Foundation

/// Output that is kept in Fixtures/cli, to be looked at and compared. REDLOCK_RECORD=1 writes it anew.
enum Golden {
    static func text(_ name: String, is lines: [String]) throws -> String? {
        let directory = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("Fixtures/cli")
        let file = directory.appendingPathComponent(name)
        let text = lines.map { $0 + "\n" }.joined()
        if ProcessInfo.processInfo.environment["REDLOCK_RECORD"] != nil { try text.write(to: file, atomically: true, encoding: .utf8) }
        let expected = try String(contentsOf: file, encoding: .utf8)
        return text == expected ? nil : "expected\n\(expected)\ngot\n\(text)"
    }
}
