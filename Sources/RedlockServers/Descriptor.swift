import Foundation

/// A file descriptor that is closed exactly once: when its owner lets go of it.
struct Descriptor: ~Copyable, Sendable {
    /// The number the kernel knows it by; valid as long as this value lives.
    let number: Int32

    /// Takes ownership of what a system call answered.
    ///
    /// - Throws: ``RedisServerError/system(call:code:)`` when the call answered that it failed.
    init(_ call: String, _ number: Int32) throws {
        guard number >= 0 else { throw RedisServerError.system(call: call, code: errno) }
        self.number = number
    }

    private init(owning number: Int32) {
        self.number = number
    }

    deinit {
        _ = close(number)
    }

    /// A stream socket that no program started from this process inherits and whose peer's death raises no SIGPIPE.
    static func streamSocket(_ domain: Int32) throws -> Descriptor {
        let descriptor = try Descriptor("socket", socket(domain, streamType, 0))
        descriptor.hardenSocket()
        return descriptor
    }

    /// Sends the whole text, or answers false: a peer that is gone raises neither a signal nor an error.
    func send(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let sent = rest.withUnsafeBytes { writeNoSignal($0) }
            if sent < 0 && errno == EINTR { continue }
            guard sent > 0 else { return false }
            rest.removeFirst(sent)
        }
        return true
    }

    /// What has come within the given time, at most 4 KiB; nil at the end of the stream, at an error or when nothing came.
    func receive(withinMilliseconds timeout: Int32) -> [UInt8]? {
        var request = pollfd(fd: number, events: Int16(POLLIN), revents: 0)
        var ready: Int32
        repeat { ready = poll(&request, 1, timeout) } while ready == -1 && errno == EINTR
        guard ready == 1 else { return nil }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(number, &bytes, bytes.count)
        return count > 0 ? Array(bytes[..<count]) : nil
    }

    #if canImport(Darwin)
    private static var streamType: Int32 { SOCK_STREAM }

    /// Darwin has no flags for this at creation, so a child started at this very moment by other code may inherit the socket.
    fileprivate func hardenSocket() {
        var on: Int32 = 1
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        _ = setsockopt(number, SOL_SOCKET, SO_NOSIGPIPE, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    private func writeNoSignal(_ bytes: UnsafeRawBufferPointer) -> Int {
        write(number, bytes.baseAddress, bytes.count)
    }
    #else
    private static var streamType: Int32 { Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue) }

    fileprivate func hardenSocket() {}

    private func writeNoSignal(_ bytes: UnsafeRawBufferPointer) -> Int {
        sendto(number, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL), nil, 0)
    }
    #endif

    /// Two connected stream sockets: one end to keep and one to hand to a child as its standard input.
    ///
    /// A socket and not a pipe, because only a socket can be written to without the risk of a SIGPIPE for this process.
    struct Pair: ~Copyable {
        /// The end this process keeps. The kernel closes it when this process dies, however it dies.
        let ours: Descriptor
        /// The end for the child, to be dropped here once the child has it.
        let theirs: Descriptor

        /// Makes the two ends.
        init() throws {
            var numbers: [Int32] = [-1, -1]
            let answer = socketpair(AF_UNIX, Descriptor.streamType, 0, &numbers)
            guard answer == 0 else { throw RedisServerError.system(call: "socketpair", code: errno) }
            ours = Descriptor(owning: numbers[0])
            theirs = Descriptor(owning: numbers[1])
            ours.hardenSocket()
            theirs.hardenSocket()
        }

        /// Keeps this process's end and closes the child's, without which the stream would not end with the child.
        consuming func keepOurs() -> Descriptor {
            ours
        }
    }
}
