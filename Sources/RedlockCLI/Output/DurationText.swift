/// How spans of time are written in tables and messages.
enum DurationText {
    /// Two units at the most, never longer than 7 characters below a century: `450ms`, `8.1s`, `2m 5s`, `3h 12m`, `12d 3h`.
    static func short(milliseconds: Int64) -> String {
        let seconds = milliseconds / 1000
        return switch seconds {
        case ..<1: "\(milliseconds)ms"
        case ..<60: milliseconds % 1000 < 100 ? "\(seconds)s" : "\(seconds).\(milliseconds % 1000 / 100)s"
        case ..<3600: pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400: pair(seconds / 3600, "h", seconds % 3600 / 60, "m")
        default: pair(seconds / 86_400, "d", seconds % 86_400 / 3600, "h")
        }
    }

    /// The same for a duration.
    static func short(_ duration: Duration) -> String { short(milliseconds: milliseconds(duration)) }

    /// What is left of a longer wait, in whole seconds and never too little: `1s`, `59s`, `2m 5s`.
    static func left(_ duration: Duration) -> String { short(milliseconds: (milliseconds(duration) / 1000 + 1) * 1000) }

    /// For how long a server has been up, which servers tell in seconds: `0s`, `59s`, `12d 3h`.
    static func uptime(_ duration: Duration) -> String {
        let milliseconds = milliseconds(duration)
        return milliseconds < 1000 ? "0s" : short(milliseconds: milliseconds)
    }

    /// A round trip: `0.21 ms`, `12.3 ms`, `340 ms`.
    static func roundTrip(microseconds: Int64) -> String {
        switch microseconds {
        case ..<10_000: "\(microseconds / 1000).\(padded(microseconds % 1000 / 10)) ms"
        case ..<100_000: "\(microseconds / 1000).\(microseconds % 1000 / 100) ms"
        default: "\(microseconds / 1000) ms"
        }
    }

    /// As it can be written on the command line, rounded down to milliseconds: `250ms`, `12s`.
    static func argument(_ duration: Duration) -> String {
        let milliseconds = milliseconds(duration)
        return milliseconds % 1000 == 0 ? "\(milliseconds / 1000)s" : "\(milliseconds)ms"
    }

    /// Whole milliseconds, rounded down.
    static func milliseconds(_ duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    private static func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String) -> String {
        small == 0 ? "\(large)\(largeUnit)" : "\(large)\(largeUnit) \(small)\(smallUnit)"
    }

    private static func padded(_ hundredths: Int64) -> String { hundredths < 10 ? "0\(hundredths)" : "\(hundredths)" }
}
