/// A reply of a Redis server, copied out of the connection. For plain commands and handshakes; votes are read without one.
package enum RESPValue: Hashable, Sendable {
    case status(String)
    case error(String)
    case integer(Int64)
    case bulk([UInt8])
    case null
    case array([RESPValue])

    /// The text of a status or a bulk string, if that is what it is and if it is UTF-8.
    package var text: String? {
        switch self {
        case .status(let text): text
        case .bulk(let bytes): String(validating: bytes, as: UTF8.self)
        default: nil
        }
    }
}
