/// Patterns of key names, as SCAN and ACL read them.
enum Glob {
    /// A pattern that only the text itself matches.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            if "*?[]\\^".unicodeScalars.contains(character) { result += "\\" }
            result.unicodeScalars.append(character)
        }
        return result
    }
}
