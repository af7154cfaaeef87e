import Foundation
import Synchronization

/// A TCP port of 127.0.0.1 that stays one server's own for as long as the lease lives, also while that server is down.
///
/// The kernel's own choice, port 0, would come from the range it gives to outgoing connections. There, while a server is down, a
/// client's connection to another server can occupy its port, and a client that tries to reconnect can connect to itself.
final class PortLease: Sendable {
    /// The port.
    let port: Int

    /// Below what Linux (32768 up) and Darwin (49152 up) give to outgoing connections, and clear of the ports of cluster.sh.
    private static let range = 18_000...26_999
    private static let leased = Mutex<Set<Int>>([])

    #if os(Linux)
    /// Bound and never listening: connecting to it is refused, and nobody but a server with SO_REUSEADDR, as ours, can bind.
    private let placeholder: Descriptor
    #endif

    /// Leases a port that nobody uses.
    static func any() throws -> PortLease {
        for _ in 1..<200 {
            if let lease = try? PortLease(port: .random(in: range), onlyIfUnused: true) { return lease }
        }
        return try PortLease(port: .random(in: range), onlyIfUnused: true)
    }

    /// Leases the given port; connections that linger from a former server do not hinder it, a listener does.
    ///
    /// - Throws: ``RedisServerError/portTaken(_:)``.
    static func exactly(_ port: Int) throws -> PortLease {
        try PortLease(port: port, onlyIfUnused: false)
    }

    private init(port: Int, onlyIfUnused: Bool) throws {
        guard Self.leased.withLock({ $0.insert(port).inserted }) else { throw RedisServerError.portTaken(port) }
        self.port = port
        do {
            #if os(Linux)
            placeholder = try Self.bindLoopback(port, onlyIfUnused: onlyIfUnused)
            #else
            // Darwin lets no second socket bind, so there the port is only looked at.
            _ = try Self.bindLoopback(port, onlyIfUnused: onlyIfUnused)
            #endif
        } catch {
            _ = Self.leased.withLock { $0.remove(port) }
            throw error
        }
    }

    deinit {
        _ = Self.leased.withLock { $0.remove(port) }
    }

    private static func bindLoopback(_ port: Int, onlyIfUnused: Bool) throws -> Descriptor {
        let descriptor = try Descriptor.streamSocket(AF_INET)
        if !onlyIfUnused { descriptor.allowAddressReuse() }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7f00_0001).bigEndian
        let answer = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor.number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard answer == 0 else {
            throw errno == EADDRINUSE ? RedisServerError.portTaken(port) : RedisServerError.system(call: "bind", code: errno)
        }
        // Only now, so that the bind itself was strict, yet the server can still share the port.
        descriptor.allowAddressReuse()
        return descriptor
    }
}

extension Descriptor {
    /// Lets a later socket, or this one, use an address that is bound but where nobody listens.
    fileprivate func allowAddressReuse() {
        var on: Int32 = 1
        _ = setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
    }
}
