import RedlockCore

/// How text that came from elsewhere is shown: nothing in it can move the cursor, forge a line or hide.
enum Escaping {
    /// The text with everything that is not visible written as in Swift: `\n`, `\u{1B}`.
    static func visible(_ text: String) -> String {
        // Nearly all names.
        if text.utf8.allSatisfy({ (0x20..<0x7F).contains($0) && $0 != UInt8(ascii: "\\") }) { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            default:
                if scalar.isVisible { result.unicodeScalars.append(scalar) } else { result += "\\u{\(hexadecimal(scalar))}" }
            }
        }
        return result
    }

    /// A key as text; one that is none, as other libraries may write it, in hexadecimal.
    static func text(_ key: some Collection<UInt8>) -> String {
        String(validating: key, as: UTF8.self) ?? "0x\(hexadecimal(key))"
    }

    /// The text in quotes if its ends or its blanks could be mistaken, as it is otherwise.
    static func name(_ text: String) -> String {
        let shown = visible(text)
        return shown.isEmpty || shown.contains(" ") || shown.contains("\"") ? "\"\(shown.replacing("\"", with: "\\\""))\"" : shown
    }

    /// The ownership token of a lock's value, recognisable and useless for a release: at most 8 characters and never more than half
    /// of it.
    ///
    /// Other libraries write bytes that are no text; of those four are shown in hexadecimal.
    static func token(_ value: [UInt8]) -> String {
        let bytes = LockValue(value).token
        if bytes.isEmpty { return "empty" }
        if bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return String(decoding: bytes.prefix(min(8, bytes.count / 2)), as: UTF8.self) + "…"
        }
        return "0x\(hexadecimal(bytes.prefix(min(4, bytes.count / 2))))…"
    }

    /// The holder of a lock in a table: by his name, or by his token if he left none.
    static func holder(_ value: [UInt8]) -> String {
        LockValue(value).name.map(name) ?? token(value)
    }

    /// The holder of a lock in a sentence: by his token, and his name if he left one.
    static func holderInFull(_ value: [UInt8]) -> String {
        token(value) + (LockValue(value).name.map { " (\(name($0)))" } ?? "")
    }

    private static func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
        bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        String(scalar.value, radix: 16, uppercase: true)
    }
}
