import RedlockCore

#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// The name under which a client holds locks and waits for them, for people who look at the nodes.
///
/// It is written behind the token of every lock, which stays one value that the nodes compare as a whole: nothing about a
/// lock depends on it, and to other Redlock libraries the value is as opaque as ever. `redlock inspect`, `list` and `watch`
/// show it. A client with a name also tells the nodes when one of its callers waits for a lock that is taken, so that
/// `inspect` can show who waits; that costs a command a second for each of them and rests on nothing: a node that does not
/// take it changes nothing.
///
/// > Important: A name is no secret and no proof. All who may read the key see it, and all who may write it can write any name.
///
/// ```swift
/// configuration.holderName = .process("billing")  // billing@web-3:4711
/// ```
public struct HolderName: Sendable, Hashable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The name: 1 to 128 bytes of UTF-8, all of it printable. Checked when a client is made with it.
    public let text: String

    /// Any name.
    public init(_ text: String) { self.text = text }

    /// Any name, as it is written in the source.
    public init(stringLiteral text: String) { self.text = text }

    /// This process: `label@host:pid`, or `host:pid` without a label. Always a name that can be used: what is not printable
    /// becomes `?`, and what is too long is cut.
    public static func process(_ label: String? = nil) -> HolderName {
        let place = printable(hostName, atMost: 64) + ":\(getpid())"
        let label = label.map { printable($0, atMost: LockValue.nameLimit - place.utf8.count - 1) } ?? ""
        return HolderName(label.isEmpty ? place : "\(label)@\(place)")
    }

    /// The name itself.
    public var description: String { text }

    private static var hostName: String {
        var buffer = [CChar](repeating: 0, count: 256)
        // The last byte stays the end, also of a name that was cut.
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    private static func printable(_ text: String, atMost limit: Int) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            let shown = scalar.isVisible ? scalar : "?"
            guard result.utf8.count + UTF8.width(shown) <= limit else { break }
            result.unicodeScalars.append(shown)
        }
        return result
    }
}
