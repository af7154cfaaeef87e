import NIOCore

@testable import RedlockNode

/// Bytes as a server could send them, and what the decoder makes of them.
enum Replies {
    /// Feeds the pieces one after the other to one decoder.
    ///
    /// Answers with every reply that was read, and with the error that ended it, if one did.
    static func read(_ pieces: some Sequence<ArraySlice<UInt8>>) -> (values: [RESPValue], fault: NodeFault?) {
        guard let decoder = RESPDecoder() else { return ([], NodeFault(.notConnected, "out of memory")) }
        var values: [RESPValue] = []
        for piece in pieces {
            do {
                try decoder.feed(ByteBuffer(bytes: piece))
                while try decoder.next() { values.append(decoder.tape.value()) }
            } catch {
                return (values, error)
            }
        }
        return (values, nil)
    }

    static func read(_ text: String) -> (values: [RESPValue], fault: NodeFault?) {
        read([Array(text.utf8)[...]])
    }

    /// The tape after one whole reply; nil if there is none in `text`.
    static func tape(_ text: String) throws(NodeFault) -> ReplyTape? {
        guard let decoder = RESPDecoder() else { return nil }
        try decoder.feed(ByteBuffer(string: text))
        return try decoder.next() ? decoder.tape : nil
    }
}

extension RESPValue {
    /// The reply as a server would send it. Written apart from the code under test.
    var encoded: [UInt8] {
        switch self {
        case .status(let text): Array("+\(text)\r\n".utf8)
        case .error(let text): Array("-\(text)\r\n".utf8)
        case .integer(let value): Array(":\(value)\r\n".utf8)
        case .bulk(let bytes): Array("$\(bytes.count)\r\n".utf8) + bytes + Array("\r\n".utf8)
        case .null: Array("$-1\r\n".utf8)
        case .array(let elements): Array("*\(elements.count)\r\n".utf8) + elements.flatMap(\.encoded)
        }
    }

    static func bulk(_ text: String) -> RESPValue { .bulk(Array(text.utf8)) }
}
