import Foundation

/// Something that changed between two looks.
struct WatchEvent: Sendable, Hashable {
    /// Of a lock: held, granted, released, expired, lost, contended. Of a node: votes, quarantined, unfit, unreachable.
    let kind: String
    /// When it was seen.
    let date: Date
    /// The lock, if it is about one.
    var resource: String?
    /// The beginning of the holder's token.
    var holder: String?
    /// The name beside it.
    var holderName: String?
    /// The lock's fencing counter.
    var fencingToken: UInt64?
    /// The node, if it is about one.
    var node: String?
    /// What happened, after the name.
    let text: String

    /// What it is about, fit to be shown.
    var subject: String { resource.map(Escaping.name) ?? node ?? "" }

    /// A line of text: the time, what it is about, and what happened.
    func line(_ zone: TimeZone = .current) -> String {
        "\(ClockText.time(date, zone))  \(subject)  \(text)\((holderName.map(Escaping.name) ?? holder).map { " (\($0))" } ?? "")"
    }

    /// The object of one line in the output of `redlock watch --json`.
    struct Object: Encodable {
        /// What happened.
        let event: String
        /// When, ISO 8601 in UTC.
        let at: String
        /// The lock.
        let resource: String?
        /// The beginning of the token.
        let holder: String?
        /// The name beside it.
        let holderName: String?
        /// The lock's fencing counter.
        let fencingToken: UInt64?
        /// The node.
        let node: String?
        /// In words.
        let detail: String
    }

    /// For programs.
    var object: Object {
        Object(
            event: kind, at: ClockText.iso(date), resource: resource, holder: holder, holderName: holderName, fencingToken: fencingToken,
            node: node, detail: text)
    }
}

/// How times of day are written.
enum ClockText {
    /// `14:03:05`.
    static func time(_ date: Date, _ zone: TimeZone) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents([.hour, .minute, .second], from: date)
        return [parts.hour, parts.minute, parts.second].map { part in
            let number = part ?? 0
            return number < 10 ? "0\(number)" : "\(number)"
        }.joined(separator: ":")
    }

    /// `2026-11-25T14:03:05Z`.
    static func iso(_ date: Date) -> String { date.ISO8601Format() }
}
