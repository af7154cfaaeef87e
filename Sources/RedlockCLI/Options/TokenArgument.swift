import ArgumentParser
import Foundation

/// The ownership token of a lock that is to be released. Nothing prints it.
struct TokenArgument {
    /// As it stands on the nodes.
    let bytes: [UInt8]

    /// The variable it is read from when no option names it.
    static let variable = "REDLOCK_TOKEN"
    private static let mostBytes = 4096

    /// The token that the option names, `-` meaning standard input; that of the environment without an option; nil without both.
    ///
    /// - Throws: ``CommandFailure`` for what can be no token.
    static func read(option: String?) throws(CommandFailure) -> TokenArgument? {
        if option == "-" { return try TokenArgument(standardInput(), from: "standard input") }
        if let option { return try TokenArgument(Array(option.utf8), from: "--token") }
        guard let value = getenv(variable) else { return nil }
        return try TokenArgument(Array(UnsafeRawBufferPointer(start: value, count: strlen(value))), from: variable)
    }

    private init(_ bytes: [UInt8], from source: String) throws(CommandFailure) {
        guard !bytes.isEmpty else { throw CommandFailure(ExitStatus.usage, "the token in \(source) is empty") }
        guard bytes.count <= Self.mostBytes else {
            throw CommandFailure(ExitStatus.usage, "the token in \(source) has more than \(Self.mostBytes) bytes, as none has")
        }
        guard !bytes.suffix(3).elementsEqual(Array("…".utf8)) else {
            throw CommandFailure(
                ExitStatus.usage,
                "the token in \(source) is only the beginning, as inspect shows it; the holder has the whole of it, or use --force")
        }
        self.bytes = bytes
    }

    /// All of standard input without the end of the line. On a terminal one line, which is not echoed.
    private static func standardInput() throws(CommandFailure) -> [UInt8] {
        if isatty(0) == 1 {
            guard let line = getpass("token: ") else { throw CommandFailure(ExitStatus.usage, "cannot read the token from the terminal") }
            return Array(UnsafeRawBufferPointer(start: line, count: strlen(line)))
        }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: mostBytes)
        while bytes.count <= mostBytes + 2 {
            let count = Foundation.read(0, &chunk, chunk.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { break }
            bytes += chunk.prefix(count)
        }
        if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        return bytes
    }
}
