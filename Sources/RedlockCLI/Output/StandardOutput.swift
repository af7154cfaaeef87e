import Foundation

/// Where the subcommands print what they were asked for.
enum StandardOutput {
    /// Writes the lines, all of them or none of the rest.
    ///
    /// - Throws: ``CommandFailure`` when the output is closed or its disk is full. When it is a pipe that nobody reads any more,
    ///   the process ends by SIGPIPE, as silently as any other program.
    static func write(_ lines: [String]) throws(CommandFailure) { try write(text: lines.map { $0 + "\n" }.joined()) }

    /// The same for a text as it is.
    static func write(text: String) throws(CommandFailure) {
        var bytes = Array(text.utf8)[...]
        while !bytes.isEmpty {
            let written = bytes.withUnsafeBytes { Foundation.write(1, $0.baseAddress, $0.count) }
            if written > 0 {
                bytes = bytes.dropFirst(written)
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                // The shell may have left a terminal or a pipe non-blocking.
                var descriptor = pollfd(fd: 1, events: Int16(POLLOUT), revents: 0)
                poll(&descriptor, 1, -1)
            case EPIPE: endBySignal(SIGPIPE)
            default: throw CommandFailure(ExitStatus.output, "cannot write to standard output: \(String(cString: strerror(errno)))")
            }
        }
    }

    /// Writes the lines over those that are on the terminal, from its first line on, as many as there is room for.
    static func writeInPlace(_ lines: [String]) throws(CommandFailure) {
        var size = winsize()
        let rows = ioctl(1, UInt(TIOCGWINSZ), &size) == 0 && size.ws_row > 1 ? Int(size.ws_row) - 1 : 24
        // Home, each line cleared to its end, and what is below it too: nothing flickers.
        let shown = lines.prefix(rows).enumerated().map { ($0.offset == 0 ? "\u{1B}[H" : "") + $0.element + "\u{1B}[K" }
        try write(shown.dropLast() + [(shown.last ?? "") + "\n\u{1B}[J\u{1B}[A"])
    }

    /// How wide a line may be: the terminal's width, 80 when it is none.
    static var width: Int { width(of: 1) }

    /// The same for another descriptor.
    static func width(of descriptor: Int32) -> Int {
        var size = winsize()
        guard isatty(descriptor) == 1, ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return max(Int(size.ws_col), 40)
    }
}

/// Ends this process by a signal, so that whoever waits for it sees that and not a status.
func endBySignal(_ number: Int32) -> Never {
    // NIO ignores SIGPIPE, and the others may have a handler.
    signal(number, SIG_DFL)
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(number)
    exit(ExitStatus.signal(number))
}

/// The three descriptors that every program takes for granted.
enum StandardDescriptors {
    /// Opens those that are closed, or the first socket would become the standard output and be sent our tables.
    ///
    /// They are opened the wrong way round, so that using them fails as it should.
    static func ensureOpen() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) == -1 && errno == EBADF {
            // The lowest free number is the one that is closed.
            _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
        }
    }
}
