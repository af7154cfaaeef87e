/// The exit statuses of `redlock`, from sysexits(3) and the shell. They are part of its interface.
enum ExitStatus {
    /// `doctor --strict`: there are warnings and no errors.
    static let warnings: Int32 = 1
    /// `doctor`: there are errors.
    static let unhealthy: Int32 = 2
    /// The command line cannot be used (EX_USAGE).
    static let usage: Int32 = 64
    /// Too few nodes answer or vote for a verdict (EX_UNAVAILABLE).
    static let unavailable: Int32 = 69
    /// The lock was lost while the command ran (EX_SOFTWARE, as the nearest).
    static let lost: Int32 = 70
    /// The output could not be written (EX_IOERR).
    static let output: Int32 = 74
    /// The lock was not obtained; trying again later may help (EX_TEMPFAIL).
    static let notObtained: Int32 = 75
    /// The command exists and cannot be run, as in a shell.
    static let cannotRun: Int32 = 126
    /// The command was not found, as in a shell.
    static let notFound: Int32 = 127

    /// Ended by a signal, as a shell shows it.
    static func signal(_ number: Int32) -> Int32 { 128 + number }
}

/// The end of a subcommand that is not a success: what to say on standard error, and the status.
struct CommandFailure: Error, Equatable {
    /// What the process exits with.
    let status: Int32
    /// One line each, without the `redlock: ` in front.
    let messages: [String]

    /// A failure with a line to say.
    init(_ status: Int32, _ messages: String...) {
        self.status = status
        self.messages = messages
    }

    /// A failure with any number of lines to say.
    init(_ status: Int32, lines messages: [String]) {
        self.status = status
        self.messages = messages
    }
}
