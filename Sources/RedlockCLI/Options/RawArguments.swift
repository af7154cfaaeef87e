import Foundation

/// The command line as bytes, which Swift's strings repair where they are no UTF-8.
enum RawArguments {
    private static let arguments: [[UInt8]] = (0..<Int(CommandLine.argc)).compactMap { index in
        CommandLine.unsafeArgv[index].map { Array(UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
    }

    /// What comes after the first `--`: a command's arguments are handed on byte for byte.
    static var afterTerminator: [[UInt8]] {
        guard let terminator = arguments.firstIndex(of: Array("--".utf8)) else { return [] }
        return Array(arguments[(terminator + 1)...])
    }

    /// Refuses our own arguments where they are no text: a repaired name would be the name of another lock.
    static func requireText() throws(CommandFailure) {
        for (index, argument) in arguments.prefix(while: { $0 != Array("--".utf8) }).enumerated().dropFirst() {
            guard String(validating: argument, as: UTF8.self) == nil else { continue }
            let shown = Escaping.visible(String(decoding: argument, as: UTF8.self))
            throw CommandFailure(ExitStatus.usage, "argument \(index), \(shown), is not UTF-8; names of locks and nodes must be")
        }
    }
}
