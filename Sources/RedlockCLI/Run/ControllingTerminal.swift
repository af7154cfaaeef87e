import Foundation

/// The terminal this process can be stopped from, if it has one.
///
/// The command has a process group of its own, which the terminal does not know. It gets the terminal at once if its input and
/// output are the terminal, and otherwise only when it asks for it, by reading or by changing its modes: in a pipeline such as
/// `redlock run … | less` the others would be stopped if the command had the terminal from the start, and Ctrl-C would not reach
/// them.
final class ControllingTerminal {
    private let descriptor: Int32
    /// The modes before the command got it.
    private var modes: termios?
    /// Whether the command has it.
    private(set) var isGiven = false

    /// The terminal; nil if there is none.
    init?() {
        descriptor = open("/dev/tty", O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        // Taking it back, and writing a message meanwhile, is done from the background.
        signal(SIGTTOU, SIG_IGN)
    }

    deinit { close(descriptor) }

    /// Whether the keyboard is ours.
    var isOurs: Bool { tcgetpgrp(descriptor) == getpgrp() }

    /// Whether the keyboard is that group's.
    func belongs(to group: pid_t) -> Bool { tcgetpgrp(descriptor) == group }

    /// Lets the command's group have the keyboard.
    func give(to group: pid_t) {
        var current = termios()
        if modes == nil, tcgetattr(descriptor, &current) == 0 { modes = current }
        isGiven = tcsetpgrp(descriptor, group) == 0
    }

    /// Takes the keyboard back, if the command has it.
    ///
    /// - Parameter restoringModes: after a command that had no chance to tidy up; an editor leaves a terminal without echo.
    func takeBack(restoringModes: Bool = false) {
        guard isGiven else { return }
        isGiven = false
        tcsetpgrp(descriptor, getpgrp())
        if restoringModes, var modes { tcsetattr(descriptor, TCSADRAIN, &modes) }
    }
}
