/// The answer to INFO, by field.
package struct ServerInfo: Sendable {
    private var fields: [Substring: Substring] = [:]

    package init(_ text: String) {
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[line[..<colon]] = line[line.index(after: colon)...]
        }
    }

    package subscript(field: String) -> String? { fields[field[...]].map { String($0) } }
}
