import ArgumentParser

/// `redlock completions`: what a shell needs to complete our command line.
struct CompletionsCommand: ParsableCommand {
    /// Name and help.
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Print a script by which a shell completes this command.",
        usage: "redlock completions (bash | zsh | fish)",
        discussion: """
            For zsh write it to a file named _redlock in a directory of $fpath, before compinit.

            EXAMPLES
              redlock completions bash >~/.local/share/bash-completion/completions/redlock
              redlock completions fish >~/.config/fish/completions/redlock.fish

            EXIT STATUS
              0   printed                        74  the output could not be written
              64  wrong usage
            """)

    /// The shells there are scripts for.
    enum Shell: String, ExpressibleByArgument, CaseIterable {
        case bash, zsh, fish
    }

    /// The shell.
    @Argument(help: ArgumentHelp("The shell: bash, zsh or fish.", valueName: "shell"))
    var shell: Shell

    /// Prints the script.
    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        try StandardOutput.write([RedlockCommand.completionScript(for: kind)])
    }
}
