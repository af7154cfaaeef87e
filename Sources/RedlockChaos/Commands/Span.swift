import ArgumentParser

/// A span of time on the command line: `500ms`, `60s`, `15m`.
struct Span: ExpressibleByArgument, CustomStringConvertible, Sendable {
    let milliseconds: Int64

    init(milliseconds: Int64) { self.milliseconds = milliseconds }

    init?(argument: String) {
        for (suffix, factor) in [("ms", Int64(1)), ("s", 1_000), ("m", 60_000)] where argument.hasSuffix(suffix) {
            guard let count = Int64(argument.dropLast(suffix.count)), (1...86_400_000 / factor).contains(count) else { return nil }
            milliseconds = count * factor
            return
        }
        return nil
    }

    var description: String { milliseconds % 1_000 == 0 ? "\(milliseconds / 1_000)s" : "\(milliseconds)ms" }
}
