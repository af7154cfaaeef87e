import Foundation
import RedlockCore
import RedlockHistory
import RedlockNode

/// Where a client writes down what happens, each operation at once, so that nothing is lost when it is killed.
final class HistoryFile: Sendable {
    private let descriptor: Int32
    private let process: Int

    init(_ path: String, process: Int) throws {
        descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        self.process = process
        guard descriptor >= 0 else { throw HarnessFailure("\(path) cannot be written: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// What a client ends with that cannot write any more: a history with gaps proves nothing.
    static let exitCode: Int32 = 74

    /// One write for one line: lines of several threads never mix.
    func note(_ what: RedlockHistory.Operation.What, lease: Int = 0, at instant: Instant = BootClock.now()) {
        let line = History([Operation(at: instant, process: process, lease: lease, what)]).jsonLines
        let bytes = Array(line.utf8)
        guard write(descriptor, bytes, bytes.count) == bytes.count else {
            StandardError.write("its history cannot be written: \(String(cString: strerror(errno)))\n")
            exit(Self.exitCode)
        }
    }
}
