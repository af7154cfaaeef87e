import Foundation
import Synchronization

/// A key of the keyboard.
enum TerminalKey: Sendable, Hashable {
    case character(Character)
    case up, down, enter, escape, backspace

    /// The keys in what a terminal sent at once; sequences for other keys are left out.
    static func keys(in bytes: [UInt8]) -> [TerminalKey] {
        var keys: [TerminalKey] = []
        var rest = bytes[...]
        while let first = rest.first {
            if first == 0x1B, rest.count > 2,
                rest[rest.startIndex + 1] == UInt8(ascii: "[") || rest[rest.startIndex + 1] == UInt8(ascii: "O")
            {
                let sequence = rest.dropFirst(2)
                let end = sequence.firstIndex { (0x40...0x7E).contains($0) }
                switch end.map({ sequence[$0] }) {
                case UInt8(ascii: "A"): keys.append(.up)
                case UInt8(ascii: "B"): keys.append(.down)
                default: break
                }
                rest = end.map { rest[($0 + 1)...] } ?? []
                continue
            }
            switch first {
            case 0x1B: keys.append(.escape)
            case 0x0A, 0x0D: keys.append(.enter)
            case 0x08, 0x7F: keys.append(.backspace)
            case 0..<0x20: break
            default:
                let length = first < 0x80 ? 1 : first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2
                let text = String(validating: rest.prefix(length), as: UTF8.self)
                keys += (text ?? "").map { .character($0) }
                rest = rest.dropFirst(text == nil ? 1 : length)
                continue
            }
            rest = rest.dropFirst()
        }
        return keys
    }
}

/// Where the modes of the terminal before it was taken over are, 0 if it is not; for the handler of a crash, which may not allocate.
private let savedModes = Atomic<UInt>(0)

/// Puts the terminal back as it was. Does only what a signal handler may; does nothing the second time.
private func restoreTerminal() {
    let address = savedModes.exchange(0, ordering: .acquiringAndReleasing)
    guard let modes = UnsafeMutablePointer<termios>(bitPattern: address) else { return }
    tcsetattr(0, TCSANOW, modes)
    LiveTerminal.leaving.withUTF8Buffer { _ = write(1, $0.baseAddress, $0.count) }
}

/// Puts the terminal back, and lets the signal do what it does.
private func restoreAndDie(_ number: Int32) {
    restoreTerminal()
    signal(number, SIG_DFL)
    raise(number)
}

/// The whole terminal, for a program that draws on it: no echo, no lines, no cursor, on the alternate screen.
///
/// It is put back by ``leave()``, at every exit of the process, and when the process crashes.
enum LiveTerminal {
    private static let entering = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    fileprivate static let leaving: StaticString = "\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"

    /// Whether there is one to draw on and keys to read.
    static var isPossible: Bool {
        isatty(0) == 1 && isatty(1) == 1 && ProcessInfo.processInfo.environment["TERM"] ?? "dumb" != "dumb"
    }

    /// Whether colour is wanted: on a terminal, unless NO_COLOR says otherwise (no-color.org).
    static var hasColour: Bool {
        isatty(1) == 1 && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Its size.
    static var size: (width: Int, height: Int) {
        var size = winsize()
        guard ioctl(1, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0, size.ws_row > 0 else { return (80, 24) }
        return (Int(size.ws_col), Int(size.ws_row))
    }

    /// Takes it over. Signals from the keyboard still come as signals.
    static func enter() throws(CommandFailure) {
        let modes = UnsafeMutablePointer<termios>.allocate(capacity: 1)
        modes.initialize(to: termios())
        guard tcgetattr(0, modes) == 0 else { return modes.deallocate() }
        var raw = modes.pointee
        raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
        // Never freed: a handler may be reading it.
        savedModes.store(UInt(bitPattern: modes), ordering: .releasing)
        if !registered.exchange(true, ordering: .relaxed) {
            atexit { restoreTerminal() }
            for number in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] { signal(number, restoreAndDie) }
        }
        tcsetattr(0, TCSADRAIN, &raw)
        try StandardOutput.write(text: entering)
    }

    /// Puts it back.
    static func leave() { restoreTerminal() }

    /// Draws lines over what is there.
    static func draw(_ lines: [ScreenLine]) throws(CommandFailure) {
        let isColourful = hasColour
        // Cleared first: after a line as wide as the terminal the cursor stands on its last character.
        let body = lines.map { "\u{1B}[2K" + $0.rendered(inColour: isColourful) }.joined(separator: "\r\n")
        try StandardOutput.write(text: "\u{1B}[H\(body)\u{1B}[J")
    }

    /// Reads keys on a thread of its own, until there are no more.
    static func readKeys(_ receive: @escaping @Sendable ([TerminalKey]) -> Void) {
        Thread.detachNewThread {
            var chunk = [UInt8](repeating: 0, count: 256)
            while true {
                let count = read(0, &chunk, chunk.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { return }
                receive(TerminalKey.keys(in: Array(chunk.prefix(count))))
            }
        }
    }

    private static let registered = Atomic(false)
}
