import CHiredis
import RedlockNode

/// The arguments of the floor's commands, laid out once; only the token changes from cycle to cycle.
///
/// hiredis still formats every command, as a C program would have it do.
final class FloorCommands {
    /// What is sent.
    enum Kind { case set, compareAndDelete, fencedAcquire, fencedRelease, ping }

    private let key: UnsafeMutablePointer<CChar>
    private let keyLength: Int
    private let token = UnsafeMutablePointer<CChar>.allocate(capacity: FloorCommands.tokenLength)
    /// The fencing token, microseconds since 1970: the hint of an acquire, and what the release stores.
    private let fence = UnsafeMutablePointer<CChar>.allocate(capacity: FloorCommands.fenceLength)
    private var set: Arguments
    private var delete: Arguments
    private var fencedAcquire: Arguments
    private var fencedRelease: Arguments
    private var ping: Arguments

    private static let tokenLength = 32
    private static let fenceLength = 16

    private struct Arguments {
        let pointers: UnsafeMutablePointer<UnsafePointer<CChar>?>
        let lengths: UnsafeMutablePointer<Int>
        let count: Int32

        init(_ list: [(UnsafePointer<CChar>, Int)]) {
            count = Int32(list.count)
            pointers = .allocate(capacity: list.count)
            lengths = .allocate(capacity: list.count)
            for (index, item) in list.enumerated() {
                pointers.advanced(by: index).initialize(to: item.0)
                lengths.advanced(by: index).initialize(to: item.1)
            }
        }

        func deallocate() {
            pointers.deallocate()
            lengths.deallocate()
        }
    }

    /// Commands for one slot, on a key of its own.
    init(slot: Int) {
        (key, keyLength) = Self.copy("bench/floor/\(slot)")
        token.initialize(repeating: 0x30, count: Self.tokenLength)
        fence.initialize(repeating: 0x31, count: Self.fenceLength)
        func word(_ text: StaticString) -> (UnsafePointer<CChar>, Int) {
            (UnsafeRawPointer(text.utf8Start).assumingMemoryBound(to: CChar.self), text.utf8CodeUnitCount)
        }
        let (ownKey, ownToken) = ((UnsafePointer(key), keyLength), (UnsafePointer(token), Self.tokenLength))
        let ownFence = (UnsafePointer(fence), Self.fenceLength)
        func copied(_ text: String) -> (UnsafePointer<CChar>, Int) {
            let (bytes, count) = Self.copy(text)
            return (UnsafePointer(bytes), count)
        }
        let (release, acquire) = (copied(LockScripts.release.digest), copied(LockScripts.acquire.digest))
        let fenceKey = copied("redlock.fence:bench/floor/\(slot)")
        let (clamp, day) = (word("1000000"), word("86400000"))
        set = Arguments([word("SET"), ownKey, ownToken, word("NX"), word("PX"), word("10000")])
        delete = Arguments([word("EVALSHA"), release, word("1"), ownKey, ownToken])
        fencedAcquire = Arguments([
            word("EVALSHA"), acquire, word("2"), ownKey, fenceKey, ownToken, word("10000"), ownFence, clamp, day,
        ])
        fencedRelease = Arguments([word("EVALSHA"), release, word("2"), ownKey, fenceKey, ownToken, ownFence, day])
        ping = Arguments([word("PING")])
    }

    deinit {
        for arguments in [set, delete, fencedAcquire, fencedRelease, ping] { arguments.deallocate() }
        token.deallocate()
        fence.deallocate()
        key.deallocate()
    }

    private static func copy(_ text: String) -> (UnsafeMutablePointer<CChar>, Int) {
        let bytes = Array(text.utf8CString)
        let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
        copy.initialize(from: bytes, count: bytes.count)
        return (copy, bytes.count - 1)
    }

    /// Writes a new token. Cheap and predictable: the floor does not pay for entropy.
    func renewToken(_ random: inout UInt64) {
        for half in 0..<2 {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            var rest = random
            for digit in 0..<16 {
                let nibble = CChar(truncatingIfNeeded: rest & 15)
                token[half * 16 + digit] = nibble < 10 ? 0x30 + nibble : 0x57 + nibble
                rest >>= 4
            }
        }
    }

    /// Writes a new fencing token.
    func renewFence(_ microseconds: Int64) {
        var rest = microseconds
        for position in (0..<Self.fenceLength).reversed() {
            fence[position] = 0x30 + CChar(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Lets hiredis format a command and hands the bytes to `body`.
    func withFormatted(_ kind: Kind, _ body: (UnsafePointer<CChar>, Int) -> Void) {
        let arguments =
            switch kind {
            case .set: set
            case .compareAndDelete: delete
            case .fencedAcquire: fencedAcquire
            case .fencedRelease: fencedRelease
            case .ping: ping
            }
        var command: UnsafeMutablePointer<CChar>?
        let length = redisFormatCommandArgv(&command, arguments.count, arguments.pointers, arguments.lengths)
        guard let command, length > 0 else { return }
        body(command, Int(length))
        redisFreeCommand(command)
    }
}
