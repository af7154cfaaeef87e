import Foundation

/// What this process was started with and a command must find as it was, whatever the libraries did in between.
struct InheritedState: Sendable {
    /// The signals that whoever started us wanted ignored, as `nohup` and shells do for background jobs.
    let ignoredSignals: Set<Int32>
    /// The open descriptors beyond standard error; they are meant for the command.
    let descriptors: Set<Int32>

    /// Read in the first lines of the program: NIO ignores SIGPIPE as soon as it is used.
    static let atStart = InheritedState(ignoredSignals: readIgnoredSignals(), descriptors: openDescriptors())

    /// Marks every descriptor that was opened since the start, so that a command does not inherit our connections.
    func hideLaterDescriptors() {
        for number in Self.openDescriptors().subtracting(descriptors) {
            let flags = fcntl(number, F_GETFD)
            if flags >= 0 { _ = fcntl(number, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    private static func readIgnoredSignals() -> Set<Int32> {
        Set(
            (1..<Int32(32)).filter { number in
                // Asked and not changed: a signal that comes just now must not be lost.
                var action = sigaction()
                guard sigaction(number, nil, &action) == 0 else { return false }
                #if canImport(Darwin)
                let handler = action.__sigaction_u.__sa_handler
                #elseif canImport(Musl)
                let handler = action.__sa_handler.sa_handler
                #else
                let handler = action.__sigaction_handler.sa_handler
                #endif
                // Function pointers cannot be compared: SIG_IGN is 1, and SIG_DFL is 0.
                return unsafeBitCast(handler, to: Int.self) == 1
            })
    }

    private static func openDescriptors() -> Set<Int32> {
        guard let directory = opendir("/dev/fd") else { return [] }
        defer { closedir(directory) }
        var numbers: Set<Int32> = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: Int(NAME_MAX) + 1) { String(cString: $0) }
            }
            if let number = Int32(name), number > 2 { numbers.insert(number) }
        }
        numbers.remove(dirfd(directory))
        return numbers
    }
}
