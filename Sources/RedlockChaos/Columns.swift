/// `text` filled up to a column of `width`, or cut to it; always followed by a space.
func padded(_ text: String, _ width: Int, cutting: Bool = true) -> String {
    if cutting, text.count >= width { return text.prefix(width - 2) + "… " }
    return text + String(repeating: " ", count: max(width - text.count, 1))
}

/// `text` at the right edge of a column of `width`.
func padded(left text: String, _ width: Int) -> String { String(repeating: " ", count: max(width - text.count, 1)) + text }

extension Duration {
    var milliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }

    /// Seconds with two decimals.
    var text: String {
        let hundredths = milliseconds / 10
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100) s"
    }
}
