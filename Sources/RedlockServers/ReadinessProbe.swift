import Foundation

/// Asks a server whether it serves yet, over its UNIX socket, which is the same with and without TLS.
///
/// A server listens on TCP before it listens there, so an answer means that clients can connect too.
struct ReadinessProbe {
    /// The path of the server's UNIX socket.
    let socketPath: String
    /// What the server wants to hear before PING; nil when it wants nothing.
    let credentials: Credentials?

    /// A name and a password for AUTH.
    struct Credentials {
        /// The user.
        let username: String
        /// Its password.
        let password: String
    }

    /// Whether the server answers PING; one that still loads its data, or answers nothing within a second, does not.
    func isAnswered() -> Bool {
        guard let descriptor = try? connected() else { return false }
        let commands = (credentials.map { [["AUTH", $0.username, $0.password]] } ?? []) + [["PING"]]
        guard descriptor.send(commands.map(encoded).joined()) else { return false }
        var answer = ""
        while answer.count(where: { $0 == "\r\n" }) < commands.count {
            guard let bytes = descriptor.receive(withinMilliseconds: 1000) else { return false }
            answer += String(decoding: bytes, as: UTF8.self)
        }
        // An error such as NOPERM is an answer: the test's own configuration may well forbid PING.
        return answer.split(separator: "\r\n").last?.hasPrefix("-LOADING") == false
    }

    private func encoded(_ command: [String]) -> String {
        "*\(command.count)\r\n" + command.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
    }

    private func connected() throws -> Descriptor {
        let descriptor = try Descriptor.streamSocket(AF_UNIX)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: socketPath.utf8.prefix($0.count - 1)) }
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard answer == 0 else { throw RedisServerError.system(call: "connect", code: errno) }
        return descriptor
    }
}
