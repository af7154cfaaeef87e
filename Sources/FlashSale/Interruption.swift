import Foundation
import Synchronization

/// Ctrl-C and its like: ends the demo in good order, so that no process outlives it.
struct Interruption: Error {
    let number: Int32

    private static let received = Atomic<Int32>(0)

    /// From now on signals are noted and end nothing by themselves. Child processes do not inherit this.
    static func watch() {
        for number in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] {
            signal(number) { Interruption.received.store($0, ordering: .relaxed) }
        }
    }

    /// The signal that has come, if one has.
    static var noted: Interruption? {
        let number = received.load(ordering: .relaxed)
        return number == 0 ? nil : Interruption(number: number)
    }

    /// Throws an ``Interruption`` when a signal comes.
    static func wait() async throws -> Never {
        while true {
            if let noted { throw noted }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    /// Ends this process by the signal, which tells whoever started it that it was interrupted.
    func end() -> Never {
        signal(number, SIG_DFL)
        raise(number)
        exit(128 + number)
    }
}
