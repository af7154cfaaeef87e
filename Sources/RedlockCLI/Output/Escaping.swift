/// How text that came from elsewhere is shown: nothing in it can move the cursor, forge a line or hide.
enum Escaping {
    /// The text with everything that is not visible written as in Swift: `\n`, `\u{1B}`.
    static func visible(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case "\\": result += "\\\\"
            default:
                if isVisible(scalar) { result.unicodeScalars.append(scalar) } else { result += "\\u{\(hexadecimal(scalar))}" }
            }
        }
        return result
    }

    /// The text in quotes if its ends or its blanks could be mistaken, as it is otherwise.
    static func name(_ text: String) -> String {
        let shown = visible(text)
        return shown.isEmpty || shown.contains(" ") || shown.contains("\"") ? "\"\(shown.replacing("\"", with: "\\\""))\"" : shown
    }

    /// An ownership token, recognisable and useless for a release: at most 8 characters and never more than half of it.
    ///
    /// Other libraries write bytes that are no text; of those four are shown in hexadecimal.
    static func token(_ bytes: [UInt8]) -> String {
        if bytes.isEmpty { return "empty" }
        if bytes.allSatisfy({ (0x21...0x7E).contains($0) }) {
            return String(decoding: bytes.prefix(min(8, bytes.count / 2)), as: UTF8.self) + "…"
        }
        return "0x" + bytes.prefix(min(4, bytes.count / 2)).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() + "…"
    }

    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        // Format characters include those that turn the direction of writing round.
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: scalar == " "
        default: true
        }
    }

    private static func hexadecimal(_ scalar: Unicode.Scalar) -> String {
        String(scalar.value, radix: 16, uppercase: true)
    }
}
