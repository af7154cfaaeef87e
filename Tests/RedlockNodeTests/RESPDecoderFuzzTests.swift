import NIOCore
import RedlockCore
import Testing

@testable import RedlockNode

/// Whatever a peer sends, the decoder neither traps nor grows, and it does not matter in which pieces it comes.
@Suite("RESPDecoder under random bytes", .timeLimit(.minutes(2)))
struct RESPDecoderFuzzTests {
    private static let alphabet = Array("+-:$*0123456789\r\n\r\n\r\n-1 OKnil%#_".utf8)

    /// Pieces of random lengths that add up to `bytes`.
    private static func pieces(of bytes: [UInt8], by random: inout SeededRandom) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = Int.random(in: 1...rest.count, using: &random)
            pieces.append(rest.prefix(length))
            rest = rest.dropFirst(length)
        }
        return pieces
    }

    private static func check(_ bytes: [UInt8], by random: inout SeededRandom, _ seed: UInt64) {
        let whole = Replies.read([bytes[...]])
        let split = Replies.read(pieces(of: bytes, by: &random))
        // A reply that comes before the error may be read or not, by where the pieces end; what is read is the same.
        #expect(split.values == whole.values, "seed \(seed)")
        #expect((split.fault == nil) == (whole.fault == nil), "seed \(seed)")
        // Nothing is read that was not sent: every token takes three bytes at the least.
        #expect(whole.values.reduce(0) { $0 + $1.tokens } * 3 <= bytes.count, "seed \(seed)")
    }

    @Test("random bytes never trap and are read the same in any pieces", arguments: 0..<8 as Range<UInt64>)
    func bytes(seed: UInt64) {
        var random = SeededRandom(seed)
        for _ in 0..<1_500 {
            let length = Int.random(in: 0...80, using: &random)
            Self.check((0..<length).map { _ in .random(in: 0...255, using: &random) }, by: &random, seed)
            Self.check((0..<length).map { _ in Self.alphabet.randomElement(using: &random) ?? 0 }, by: &random, seed)
        }
    }

    @Test("replies with a few bytes changed never trap and are read the same in any pieces", arguments: 0..<8 as Range<UInt64>)
    func mutations(seed: UInt64) {
        var random = SeededRandom(seed &+ 1_000)
        for _ in 0..<1_500 {
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...4, using: &random) { bytes += RESPValue.random(depth: 3, by: &random).encoded }
            for _ in 0..<Int.random(in: 0...3, using: &random) where !bytes.isEmpty {
                let position = Int.random(in: 0..<bytes.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0: bytes[position] = Self.alphabet.randomElement(using: &random) ?? 0
                case 1: bytes.remove(at: position)
                default: bytes.insert(.random(in: 0...255, using: &random), at: position)
                }
            }
            Self.check(bytes, by: &random, seed)
        }
    }

    @Test("random replies are read as they were meant, in any pieces", arguments: 0..<8 as Range<UInt64>)
    func roundTrip(seed: UInt64) {
        var random = SeededRandom(seed &+ 2_000)
        for _ in 0..<500 {
            let values = (0..<Int.random(in: 1...5, using: &random)).map { _ in RESPValue.random(depth: 4, by: &random) }
            let read = Replies.read(Self.pieces(of: values.flatMap(\.encoded), by: &random))
            #expect(read.values == values && read.fault == nil, "seed \(seed)")
        }
    }
}

extension RESPValue {
    fileprivate var tokens: Int {
        if case .array(let elements) = self { elements.reduce(1) { $0 + $1.tokens } } else { 1 }
    }

    fileprivate static func random(depth: Int, by random: inout SeededRandom) -> RESPValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 6), using: &random) {
        case 0: .status("OK")
        case 1: .error("ERR \(Int.random(in: 0...9, using: &random))")
        case 2: .integer(.random(in: .min ... .max, using: &random))
        case 3: .integer(.random(in: -2...2, using: &random))
        case 4: .null
        case 5: .bulk((0..<Int.random(in: 0...12, using: &random)).map { _ in .random(in: 0...255, using: &random) })
        default: .array((0..<Int.random(in: 0...3, using: &random)).map { _ in .random(depth: depth - 1, by: &random) })
        }
    }
}
