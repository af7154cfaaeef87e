import Foundation
import Synchronization

/// A private temporary directory, and at most one process at work in it, that do not outlive this process.
///
/// A shell in a session of its own is the guard. It reads from a socket whose other end only this process holds, so the kernel
/// itself tells it, at once and however this process dies, when that happened: no polling and no parent id that could be given
/// to a stranger. It then kills the process it was told of, also a paused one, and removes the directory.
final class GuardedDirectory: Sendable {
    /// Where the directory is.
    let path: String
    private let guardian: ChildProcess
    private let lifeline: Mutex<Descriptor?>

    /// The guard makes the directory itself, so that there is no moment in which it exists unguarded.
    ///
    /// Each line it reads is the process group to kill at the end, an empty one for none. It ignores what a test runner may send
    /// to all its descendants, as its time comes when we are gone, and PIPE, as we may be gone before it says that it has made
    /// the directory. The loop around rm is for a killed process's last system call, which may still add a file.
    private static let script = """
        trap '' HUP INT TERM PIPE
        mkdir -m 700 -- "$0" || exit 1
        echo made >&0
        group=
        while read -r line; do group=$line; done
        [ -z "$group" ] || kill -s KILL -- "-$group"
        tries=0
        until rm -rf -- "$0" || [ "$tries" -ge 50 ]; do tries=$((tries + 1)); sleep 0.1; done
        """

    /// Makes the directory, with mode 700, under the system's temporary directory.
    ///
    /// Blocks for the few milliseconds that a shell needs to start.
    init() throws {
        path = Self.freshPath()
        let pair = try Descriptor.Pair()
        guardian = try ChildProcess.spawn("/bin/sh", ["-c", Self.script, path], input: pair.theirs.number)
        let ours = pair.keepOurs()
        let answer = ours.receive(withinMilliseconds: 10_000)
        lifeline = Mutex(consume ours)
        guard answer != nil else { throw RedisServerError.system(call: "mkdir \(path)", code: EIO) }
    }

    deinit {
        release()
    }

    /// A file's path in it.
    func file(_ name: String) -> String {
        "\(path)/\(name)"
    }

    /// Writes a file that only this user can read; it has never existed with a wider mode.
    func save(_ text: String, as name: String) throws {
        let path = file(name)
        let descriptor = try Descriptor("open \(path)", open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600))
        let bytes = Array(text.utf8)
        guard write(descriptor.number, bytes, bytes.count) == bytes.count else {
            throw RedisServerError.system(call: "write \(path)", code: errno)
        }
    }

    /// From now on the guard kills this process, and its group, when our process dies.
    ///
    /// - Throws: When the guard itself was killed, because then nothing would be guarded.
    func adopt(_ pid: Int32) throws {
        guard tell("\(pid)\n") else { throw RedisServerError.system(call: "guard of \(path)", code: ESRCH) }
    }

    /// The process has ended: the guard has nothing to kill any more, only a directory to remove.
    func disown() {
        _ = tell("\n")
    }

    /// Lets the guard do its work now, without waiting for it.
    func release() {
        lifeline.withLock { $0 = nil }
    }

    /// Blocks until the directory is gone.
    func remove() {
        release()
        // Beyond that time, or without a guard, it is ours to remove.
        if !guardian.waitUntilGone(seconds: 10) { guardian.signalGroup(SIGKILL) }
        try? FileManager.default.removeItem(atPath: path)
    }

    private func tell(_ line: String) -> Bool {
        lifeline.withLock { (descriptor: inout sending Descriptor?) in descriptor?.send(line) ?? false }
    }

    /// The longest name used in a directory is that of a UNIX socket, whose whole path has to fit into 104 bytes on Darwin.
    private static func freshPath() -> String {
        let name = "redlock-\(String(UInt64.random(in: .min ... .max), radix: 36))"
        let base = NSTemporaryDirectory().hasSuffix("/") ? NSTemporaryDirectory() : NSTemporaryDirectory() + "/"
        return (base.utf8.count < 70 ? base : "/tmp/") + name
    }
}
