import Foundation
import Redlock
import RedlockCore
import RedlockNode

/// A process for tests to stop: it takes a lock again and again, and says what it believes and what it could write.
///
///     Holder NODE,NODE,… SHOP FILE
///
/// Appends to FILE `waiting` before it asks for the lock, and `FROM TO VALID WRITE` while it holds it: the check of the lease was
/// made between FROM and TO on the clock of leases; the write behind it was `accepted`, `stale` or `failed`.
@main struct Holder {
    static func main() async throws {
        let arguments = CommandLine.arguments
        var configuration = RedlockConfiguration(nodes: arguments[1].split(separator: ",").map(String.init))
        configuration.quarantinesRestartedNodes = false
        let redlock = try Redlock(configuration: configuration)
        let shop = try await RedisFencingGuard(arguments[2])
        let report = try FileHandle(forWritingTo: URL(filePath: arguments[3]))
        let parent = getppid()
        while getppid() == parent {
            try report.write(contentsOf: Data("waiting\n".utf8))
            let lease = try await redlock.acquire("r", ttl: .seconds(1), waiting: .seconds(60), options: .extending)
            var isValid = true
            while isValid && getppid() == parent {
                let from = BootClock.now()
                isValid = lease.isValid
                let to = BootClock.now()
                // Blindly, as one who was stopped between the check and the write would.
                let write = await outcome { try await shop.set("stock", to: "mine", fencingToken: lease.fencingToken) }
                try report.write(contentsOf: Data("\(from.nanoseconds) \(to.nanoseconds) \(isValid) \(write)\n".utf8))
                try await Task.sleep(for: .milliseconds(1))
            }
            await lease.release()
        }
    }

    private static func outcome(of write: () async throws -> Void) async -> String {
        do {
            try await write()
            return "accepted"
        } catch is StaleFencingToken {
            return "stale"
        } catch {
            return "failed"
        }
    }
}
