/// How many columns of a terminal text takes: two for most of East Asia's characters and for emoji, none for accents that are
/// put on the letter before.
extension StringProtocol {
    /// The columns of the text, which has no control characters: `Escaping` has made them visible.
    var columns: Int {
        // Nearly all names.
        if utf8.allSatisfy({ $0 < 0x80 }) { return utf8.count }
        return unicodeScalars.reduce(0) { $0 + $1.columns }
    }

    /// The longest beginning that takes no more columns than that.
    func prefix(columns most: Int) -> SubSequence {
        var (end, used) = (startIndex, 0)
        while end < endIndex {
            used += String(self[end]).columns
            if used > most { break }
            end = index(after: end)
        }
        return self[..<end]
    }

    /// The longest end that takes no more columns than that.
    func suffix(columns most: Int) -> SubSequence {
        var (start, used) = (endIndex, 0)
        while start > startIndex {
            let before = index(before: start)
            used += String(self[before]).columns
            if used > most { break }
            start = before
        }
        return self[start...]
    }
}

extension Unicode.Scalar {
    fileprivate var columns: Int {
        switch properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format: return 0
        default: break
        }
        // The second and third part of a Korean syllable stand within the first.
        if (0x1160...0x11FF).contains(value) || (0xD7B0...0xD7FB).contains(value) { return 0 }
        return properties.isEmojiPresentation || Self.wide.contains { $0.contains(value) } ? 2 : 1
    }

    /// East Asian Width W and F of Unicode 16 without the emoji, which the standard library knows. Between two ranges that are one
    /// here there are no characters.
    private static let wide: [ClosedRange<UInt32>] = [
        0x1100...0x115F, 0x2329...0x232A, 0x2630...0x2637, 0x268A...0x268F, 0x2E80...0x303E, 0x3041...0xA4C6, 0xA960...0xA97C,
        0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE10...0xFE19, 0xFE30...0xFE6B, 0xFF01...0xFF60, 0xFFE0...0xFFE6, 0x16FE0...0x1B2FB,
        0x1D300...0x1D376, 0x1F200...0x1F265, 0x1F947...0x1F9FF, 0x20000...0x3FFFD,
    ]
}
