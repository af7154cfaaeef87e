import Foundation

/// Colour, where somebody sees it: on a terminal that is not dumb, and not if NO_COLOR says otherwise.
enum Paint {
    /// What a piece of text means.
    enum Role: String {
        /// As it should be.
        case good = "32"
        /// To be looked at.
        case doubtful = "33"
        /// Wrong.
        case bad = "1;31"
        /// Beside the point.
        case faint = "2"
    }

    /// Whether standard output shows colours.
    static let isOn: Bool = {
        let environment = ProcessInfo.processInfo.environment
        return isatty(1) == 1 && environment["NO_COLOR"].map(\.isEmpty) ?? true && environment["TERM"] ?? "dumb" != "dumb"
    }()

    /// The text in the colour of its role. To be put on when columns are aligned already, since it adds characters.
    static func put(_ role: Role, on text: String, if isOn: Bool = Self.isOn) -> String {
        isOn ? "\u{1B}[\(role.rawValue)m\(text)\u{1B}[0m" : text
    }
}
