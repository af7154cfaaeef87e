/// What hiredis' reader found, as a flat list of tokens in the order of the wire.
///
/// The reader's own reply objects cost an allocation each, and an array header from a hostile peer makes it allocate
/// for a billion elements. The tape is reused from reply to reply and bounded, so the hot path allocates nothing and
/// a peer can make it hold `byteLimit` bytes and `tokenLimit` tokens at the most.
final class ReplyTape {
    enum Kind: UInt8 { case status, error, integer, bulk, null, array }

    struct Token {
        var kind: Kind
        /// The integer, or the number of bytes or elements.
        var value: Int64
        /// Where the bytes of a string begin.
        var offset: Int
    }

    static let byteLimit = 8 << 20
    static let tokenLimit = 1 << 20

    @exclusivity(unchecked) private(set) var tokens: ContiguousArray<Token> = []
    @exclusivity(unchecked) private var bytes: ContiguousArray<UInt8> = []

    func clear() {
        tokens.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Each `append` returns false if the reply would get larger than the tape allows.
    func append(_ kind: Kind, value: Int64) -> Bool {
        guard tokens.count < Self.tokenLimit, kind != .array || value <= Int64(Self.tokenLimit) else { return false }
        tokens.append(Token(kind: kind, value: value, offset: bytes.count))
        return true
    }

    func append(_ kind: Kind, text: UnsafeRawBufferPointer) -> Bool {
        guard tokens.count < Self.tokenLimit, bytes.count + text.count <= Self.byteLimit else { return false }
        tokens.append(Token(kind: kind, value: Int64(text.count), offset: bytes.count))
        bytes.append(contentsOf: text)
        return true
    }

    /// The reply's first token: the whole of it, unless it is an array.
    var head: Token? { tokens.first }

    /// Whether the bytes of `token` are exactly `text`.
    func isText(_ token: Token, _ text: StaticString) -> Bool {
        guard token.value == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { bytes[token.offset..<token.offset + $0.count].elementsEqual($0) }
    }

    func hasPrefix(_ token: Token, _ text: StaticString) -> Bool {
        guard token.value >= text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { bytes[token.offset..<token.offset + $0.count].elementsEqual($0) }
    }

    func text(_ token: Token) -> String {
        String(decoding: bytes[token.offset..<token.offset + Int(token.value)], as: UTF8.self)
    }

    /// The whole reply as a value.
    func value() -> RESPValue {
        var position = 0
        return value(at: &position)
    }

    private func value(at position: inout Int) -> RESPValue {
        guard position < tokens.count else { return .null }
        let token = tokens[position]
        position += 1
        switch token.kind {
        case .status: return .status(text(token))
        case .error: return .error(text(token))
        case .integer: return .integer(token.value)
        case .bulk: return .bulk(Array(bytes[token.offset..<token.offset + Int(token.value)]))
        case .null: return .null
        case .array: return .array((0..<max(token.value, 0)).map { _ in value(at: &position) })
        }
    }
}
