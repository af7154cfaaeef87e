import NIOCore
import Testing

@testable import RedlockNode

@Suite("RESPDecoder", .timeLimit(.minutes(1)))
struct RESPDecoderTests {
    /// Every kind of reply, with what is awkward about each.
    private static let samples: [RESPValue] = [
        .status("OK"), .status(""), .error("NOSCRIPT No matching script. Please use EVAL."), .error(""),
        .integer(0), .integer(-1), .integer(.max), .integer(.min), .integer(1_763_700_000_123_456),
        .null, .bulk(""), .bulk("\r\n$3\r\nfoo"), .bulk([0, 255, 13, 10, 0]), .bulk("größe 🔒"),
        .array([]), .array([.null, .array([]), .array([.integer(1), .array([.status("a"), .bulk("b")])]), .error("c")]),
        .array([.bulk("run_id"), .integer(7)]), .status("last"),
    ]

    @Test("two pieces: wherever the bytes are split, the same replies are read")
    func everySplit() {
        let bytes = Self.samples.flatMap(\.encoded)
        for split in 0...bytes.count {
            let (values, fault) = Replies.read([bytes[..<split], bytes[split...]])
            #expect(values == Self.samples && fault == nil, "split at \(split)")
        }
    }

    @Test("three pieces: wherever one reply is split twice, the same reply is read")
    func everyTwoSplits() {
        for sample in Self.samples {
            let bytes = sample.encoded
            for first in 0...bytes.count {
                for second in first...bytes.count {
                    let (values, fault) = Replies.read([bytes[..<first], bytes[first..<second], bytes[second...]])
                    #expect(values == [sample] && fault == nil, "\(sample) split at \(first) and \(second)")
                }
            }
        }
    }

    @Test("byte by byte the same replies are read")
    func byteByByte() {
        let bytes = Self.samples.flatMap(\.encoded)
        let (values, fault) = Replies.read(bytes.indices.map { bytes[$0...$0] })
        #expect(values == Self.samples)
        #expect(fault == nil)
    }

    @Test("an unfinished reply is no reply and no error")
    func unfinished() {
        for sample in Self.samples {
            let bytes = sample.encoded
            for length in 0..<bytes.count {
                let (values, fault) = Replies.read([bytes[..<length]])
                #expect(values.isEmpty && fault == nil, "\(length) bytes of \(sample)")
            }
        }
    }

    @Test("nil is read from both of its forms")
    func nulls() {
        #expect(Replies.read("*-1\r\n$-1\r\n").values == [.null, .null])
    }

    @Test(
        "an array header for more than can be is refused without memory",
        arguments: ["1048577", "1000000000", "2147483647", "4294967296", "9223372036854775807", "99999999999999999999"])
    func hugeArray(count: String) throws {
        let decoder = try #require(RESPDecoder())
        try decoder.feed(ByteBuffer(string: "*\(count)\r\n"))
        let fault = #expect(throws: NodeFault.self) { try decoder.next() }
        #expect(fault?.kind == .protocolViolation)
        #expect(decoder.tape.tokens.capacity < 64)
    }

    @Test("arrays in arrays cannot add up to more tokens than the tape holds")
    func arrayBomb() throws {
        let decoder = try #require(RESPDecoder())
        let flood = ByteBuffer(repeating: UInt8(ascii: "0"), count: 0)
        var bytes = flood
        bytes.writeString("*1048576\r\n")
        for _ in 0..<1_048_576 { bytes.writeString("$-1\r\n") }
        try decoder.feed(bytes)
        let fault = #expect(throws: NodeFault.self) { try decoder.next() }
        #expect(fault?.detail == "sent a reply larger than any that was asked for")
        #expect(decoder.tape.tokens.count <= ReplyTape.tokenLimit)
    }

    @Test("a string that does not end is given up at the limit of the tape")
    func hugeString() throws {
        let megabyte = ByteBuffer(repeating: UInt8(ascii: "x"), count: 1 << 20)
        let decoder = try #require(RESPDecoder())
        try decoder.feed(ByteBuffer(string: "$500000000\r\n"))
        #expect(try !decoder.next())
        let fault = #expect(throws: NodeFault.self) {
            for _ in 0...(ReplyTape.byteLimit >> 20) {
                try decoder.feed(megabyte)
                #expect(try !decoder.next())
            }
        }
        #expect(fault?.detail == "sent a reply of more than 8 MiB")
    }

    @Test(
        "bytes that are not RESP are an error that says so",
        arguments: [
            "HTTP/1.1 400 Bad Request\r\n\r\n", "\u{15}\u{3}\u{1}\0\u{2}\u{2}F", "220 mail ESMTP\r\n", "\0", "\r\n", "OK\r\n",
            "$-2\r\n", "*-2\r\n", "$-9223372036854775808\r\n", "*-9223372036854775808\r\n", "$\r\n", "*\r\n", ":\r\n",
            "$3x\r\n", "*1x\r\n", ":1.5\r\n", ":9223372036854775808\r\n", ":--1\r\n", "$99999999999999999999\r\n",
            "*1\r\nHTTP\r\n", "%1\r\n", "_\r\n", "#t\r\n",
        ])
    func garbage(text: String) {
        let (values, fault) = Replies.read(text)
        #expect(values.isEmpty)
        #expect(fault?.kind == .protocolViolation)
        #expect(fault?.detail.hasPrefix("sent ") == true)
        #expect(fault?.detail.unicodeScalars.allSatisfy { $0.value >= 0x20 } == true)
    }

    @Test("arrays nest as deep as any reply of Redis")
    func nesting() {
        let text = String(repeating: "*1\r\n", count: 6) + ":1\r\n"
        #expect(Replies.read(text).values == [(0..<6).reduce(.integer(1)) { value, _ in .array([value]) }])
    }

    @Test("arrays nested without end are refused", arguments: [20, 1_000, 100_000])
    func deepNesting(depth: Int) {
        let (values, fault) = Replies.read(String(repeating: "*1\r\n", count: depth))
        #expect(values.isEmpty)
        #expect(fault?.kind == .protocolViolation)
    }

    @Test("what came before the garbage is read; after it nothing is")
    func staysFailed() throws {
        let decoder = try #require(RESPDecoder())
        try decoder.feed(ByteBuffer(string: "+OK\r\n!"))
        #expect(try decoder.next())
        #expect(decoder.tape.value() == .status("OK"))
        #expect(throws: NodeFault.self) { try decoder.next() }
        #expect(throws: NodeFault.self) { try decoder.next() }
        #expect(throws: NodeFault.self) {
            try decoder.feed(ByteBuffer(string: "+OK\r\n"))
            _ = try decoder.next()
        }
    }
}
