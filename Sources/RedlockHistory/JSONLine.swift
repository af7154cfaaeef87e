/// A flat JSON object of numbers and texts, its fields in the order in which they were put in.
struct JSONLine {
    enum Value: Equatable {
        case number(Int64)
        case text(String)
    }

    private var fields: [(key: String, value: Value)] = []

    init() {}

    subscript(key: String) -> Value? {
        get { fields.first { $0.key == key }?.value }
        set {
            fields.removeAll { $0.key == key }
            if let newValue { fields.append((key, newValue)) }
        }
    }

    func number(_ key: String, else fallback: Int64? = nil) throws(JSONLineError) -> Int64 {
        switch self[key] {
        case .number(let number): return number
        case .text: throw JSONLineError("\(key) is no number")
        case nil:
            guard let fallback else { throw JSONLineError("\(key) is missing") }
            return fallback
        }
    }

    func text(_ key: String) throws(JSONLineError) -> String {
        guard case .text(let text)? = self[key] else { throw JSONLineError("\(key) is missing or no text") }
        return text
    }

    var text: String {
        let parts = fields.map { field -> String in
            switch field.value {
            case .number(let number): "\"\(field.key)\":\(number)"
            case .text(let text): "\"\(field.key)\":\"\(Self.escaped(text))\""
            }
        }
        return "{\(parts.joined(separator: ","))}"
    }

    private static func escaped(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

/// Why a line is no operation.
package struct JSONLineError: Error, Hashable, Sendable, CustomStringConvertible {
    package let reason: String

    init(_ reason: String) { self.reason = reason }

    package var description: String { "this is no history: \(reason)" }
}

// MARK: Reading

extension JSONLine {
    init(_ line: some StringProtocol) throws(JSONLineError) {
        var reader = Reader(line.unicodeScalars)
        try reader.expect("{")
        if reader.take("}") { return }
        repeat {
            let key = try reader.string()
            try reader.expect(":")
            self[key] = try reader.value()
        } while reader.take(",")
        try reader.expect("}")
        guard reader.isAtEnd else { throw JSONLineError("something follows the object") }
    }

    private struct Reader {
        private var scalars: [Unicode.Scalar]
        private var position = 0

        init(_ scalars: some Sequence<Unicode.Scalar>) { self.scalars = Array(scalars) }

        var isAtEnd: Bool {
            mutating get {
                skipSpace()
                return position == scalars.count
            }
        }

        private mutating func skipSpace() {
            while position < scalars.count, scalars[position].properties.isWhitespace { position += 1 }
        }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            skipSpace()
            guard position < scalars.count, scalars[position] == scalar else { return false }
            position += 1
            return true
        }

        mutating func expect(_ scalar: Unicode.Scalar) throws(JSONLineError) {
            guard take(scalar) else { throw JSONLineError("expected \(scalar) at character \(position + 1)") }
        }

        mutating func value() throws(JSONLineError) -> Value {
            skipSpace()
            guard position < scalars.count else { throw JSONLineError("a value is missing") }
            if scalars[position] == "\"" { return .text(try string()) }
            var digits = ""
            while position < scalars.count, scalars[position] == "-" || ("0"..."9").contains(scalars[position]) {
                digits.unicodeScalars.append(scalars[position])
                position += 1
            }
            guard let number = Int64(digits) else {
                throw JSONLineError("only whole numbers and texts are read, at character \(position + 1)")
            }
            return .number(number)
        }

        mutating func string() throws(JSONLineError) -> String {
            try expect("\"")
            var text = ""
            while position < scalars.count {
                let scalar = scalars[position]
                position += 1
                if scalar == "\"" { return text }
                guard scalar == "\\" else {
                    text.unicodeScalars.append(scalar)
                    continue
                }
                text.unicodeScalars.append(try escape())
            }
            throw JSONLineError("a text does not end")
        }

        private mutating func escape() throws(JSONLineError) -> Unicode.Scalar {
            guard position < scalars.count else { throw JSONLineError("a text does not end") }
            let scalar = scalars[position]
            position += 1
            switch scalar {
            case "n": return "\n"
            case "t": return "\t"
            case "r": return "\r"
            case "u":
                let digits = scalars[position..<min(position + 4, scalars.count)].reduce(into: "") { $0.unicodeScalars.append($1) }
                guard digits.utf8.count == 4, let code = UInt32(digits, radix: 16), let escaped = Unicode.Scalar(code) else {
                    throw JSONLineError("\\u\(digits) is no character")
                }
                position += 4
                return escaped
            default: return scalar
            }
        }
    }
}
