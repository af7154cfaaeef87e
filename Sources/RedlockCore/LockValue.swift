/// What stands under a lock's key: the token that marks ownership and, behind a blank, the holder's name if he left one.
///
/// The nodes compare all of it, so that a name changes nothing about who holds what: it is for people. What other libraries
/// write is a token of another form, and has no name.
package struct LockValue: Hashable, Sendable {
    /// What proves ownership: not to be shown.
    package let token: ArraySlice<UInt8>
    /// Who holds it, as he calls himself. Anybody may write anything there: to be escaped before it is shown.
    package let name: String?

    /// The most bytes a name may have.
    package static let nameLimit = 128
    /// The most bytes that a value of ours has.
    package static let byteLimit = LockToken.wireLength + 1 + nameLimit

    private static let separator = UInt8(ascii: " ")

    /// Reads what a node has.
    package init(_ bytes: [UInt8]) {
        let (token, rest) = (bytes.prefix(LockToken.wireLength), bytes.dropFirst(LockToken.wireLength))
        guard (2...1 + Self.nameLimit).contains(rest.count), rest.first == Self.separator, token.allSatisfy(Self.isDigit),
            let name = String(validating: rest.dropFirst(), as: UTF8.self)
        else {
            (self.token, self.name) = (bytes[...], nil)
            return
        }
        (self.token, self.name) = (token, name)
    }

    /// What follows the token on the wire.
    package static func suffix(_ name: String?) -> [UInt8] {
        name.map { [separator] + Array($0.utf8) } ?? []
    }

    /// Why this can be no holder's name; nil if it can.
    package static func fault(ofName name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > nameLimit { return "has \(name.utf8.count) bytes; at most \(nameLimit) are possible" }
        if !name.unicodeScalars.allSatisfy(\.isVisible) { return "has a character that is not printable" }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}

extension Unicode.Scalar {
    /// Whether it can be shown as it is: no control, nothing that turns the direction of writing round or hides, no blank but the
    /// common one.
    package var isVisible: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
