import Foundation
import RedlockCore

/// A lock story as text, read from `Fixtures/scenarios`. The language:
///
///     # what the story teaches                        comments begin anywhere with #
///     given nodes=3 ttl=10s timeout=1s margin=2s give-up-at=5s retry=1ms..200ms max-hold=20s auto fenced
///     at 0s start A                                   an event, at an instant since the story's beginning
///       > send acquire A                              every effect, in order; a line may stop at any word's end
///       = voting on A until 1s                        the state afterwards (optional), likewise
///     at +5ms vote 0 granted                          + counts from the event before; votes are cast in the newest round
///     at wake woke B                                  when the machine asked to be woken, or that and more: wake+3ms
///
/// Events: `start T [seed n]`, `vote n granted [fence f]|refused|failed|unknown [in rN]`, `unsent n,n [in rN]`,
/// `woke T`, `extend to D`, `release`, `cancel`. Tokens are single letters, nodes count from 0, rounds are r0, r1, ….
struct Scenario {
    let name: String
    private var lines: [(number: Int, text: Substring)] = []

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    /// Every scenario of the repository this file stands in.
    static let all: [Scenario] = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Fixtures/scenarios").standardized
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.path)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted().compactMap { name in
            (try? String(contentsOf: root.appending(path: name), encoding: .utf8)).map { Scenario(name: name, text: $0) }
        }
    }()

    init(name: String, text: String) {
        self.name = name
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let words = line.prefix { $0 != "#" }.split(separator: " ")
            if !words.isEmpty { lines.append((index + 1, Substring(words.joined(separator: " ")))) }
        }
    }

    /// Plays the story and returns what went otherwise than it says: nil if nothing did.
    func play() throws -> String? {
        var remaining = lines[...]
        guard let first = remaining.popFirst(), first.text.hasPrefix("given") else {
            throw Mistake(description: "\(name): begins with 'given'")
        }
        var bench = Bench(try terms(first.text.split(separator: " ").dropFirst(), line: first.number))
        var now = Instant.ms(0)
        while let line = remaining.popFirst() {
            let words = line.text.split(separator: " ")
            guard words.count >= 3, words[0] == "at" else { throw mistake(line.number, "expected 'at TIME EVENT'") }
            now = try instant(words[1], after: now, bench.machine, line: line.number)
            let effects = bench.handle(try event(words.dropFirst(2), bench, line: line.number), at: now)

            var expected: [String] = []
            var actual = effects.map { "> \($0.text)" }
            while let next = remaining.first, next.text.hasPrefix(">") || next.text.hasPrefix("=") {
                expected.append(String(next.text))
                if next.text.hasPrefix("=") { actual.append("= \(bench.machine.text)") }
                remaining.removeFirst()
            }
            if expected.count != actual.count || !zip(expected, actual).allSatisfy({ Self.begins($1, with: $0) }) {
                return """
                    \(name):\(line.number): at \(now.text) \(words.dropFirst(2).joined(separator: " "))
                    expected:
                      \(expected.isEmpty ? "(nothing)" : expected.joined(separator: "\n  "))
                    actual:
                      \(actual.isEmpty ? "(nothing)" : actual.joined(separator: "\n  "))
                    state: \(bench.machine.text)
                    """
            }
        }
        return nil
    }

    /// Whether `line` is `beginning`, or goes on after it with another word.
    private static func begins(_ line: String, with beginning: String) -> Bool {
        line == beginning || line.hasPrefix(beginning + " ") || line.hasPrefix(beginning + ", ")
    }

    private func mistake(_ line: Int, _ what: String) -> Mistake { Mistake(description: "\(name):\(line): \(what)") }

    private func instant(_ text: Substring, after now: Instant, _ machine: LeaseMachine, line: Int) throws -> Instant {
        if text.hasPrefix("wake") {
            guard let wakeAt = machine.wakeAt else { throw mistake(line, "the machine does not want to be woken") }
            guard text.contains("+") else { return wakeAt }
            return wakeAt + (try span(text.dropFirst("wake+".count), line: line))
        }
        let start = text.hasPrefix("+") ? now : .ms(0)
        let instant = start + (try span(text.hasPrefix("+") ? text.dropFirst() : text, line: line))
        guard instant >= now else { throw mistake(line, "time goes back") }
        return instant
    }

    private func span(_ text: Substring, line: Int) throws -> Nanoseconds {
        guard let span = Nanoseconds(text: text) else { throw mistake(line, "'\(text)' is no time") }
        return span
    }

    private func number(_ text: Substring?, line: Int) throws -> Int {
        guard let number = text.flatMap({ Int($0) }), (0..<1 << 31).contains(number) else {
            throw mistake(line, "'\(text ?? "")' is no number")
        }
        return number
    }

    private func token(_ text: Substring?, line: Int) throws -> LockToken {
        guard let text, text.unicodeScalars.count == 1, let letter = text.unicodeScalars.first else {
            throw mistake(line, "a token is a letter")
        }
        return LockToken(letter: letter)
    }

    /// The value that follows `word`, if the word is there.
    private func value(after word: String, in words: ArraySlice<Substring>) -> Substring? {
        words.firstIndex { $0 == word }.flatMap { words.indices.contains($0 + 1) ? words[$0 + 1] : nil }
    }

    private func event(_ words: ArraySlice<Substring>, _ bench: Bench, line: Int) throws -> LeaseEvent {
        let arguments = words.dropFirst()
        let round = try value(after: "in", in: words).map { RoundID(UInt32(try number($0.dropFirst(), line: line))) } ?? bench.round
        switch words.first {
        case "start":
            let seed = try value(after: "seed", in: words).map { try number($0, line: line) } ?? 1
            return .started(token: try token(arguments.first, line: line), seed: UInt64(seed))
        case "vote":
            let fence = try value(after: "fence", in: words).map { UInt64(try number($0, line: line)) } ?? 0
            let votes: [Substring: Vote] = ["granted": .granted(fence: fence), "refused": .refused, "failed": .failed, "unknown": .unknown]
            guard let vote = arguments.dropFirst().first.flatMap({ votes[$0] }) else { throw mistake(line, "no such vote") }
            return .voted(NodeID(try number(arguments.first, line: line)), vote, round)
        case "unsent":
            return .unsent(NodeSet(try (arguments.first ?? "").split(separator: ",").map { NodeID(try number($0, line: line)) }), round)
        case "woke": return .woke(fresh: try token(arguments.first, line: line))
        case "extend": return .extensionRequested(ttl: try span(arguments.last ?? "", line: line))
        case "release": return .releaseRequested
        case "cancel": return .cancelled
        default: throw mistake(line, "no such event: \(words.joined(separator: " "))")
        }
    }

    private func terms(_ words: ArraySlice<Substring>, line: Int) throws -> LeaseTerms {
        var terms = LeaseTerms.usual()
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1)
            let value = parts.count > 1 ? parts[1] : ""
            switch parts[0] {
            case "nodes": terms.quorum = Quorum(nodes: try number(value, line: line))
            case "ttl": terms.ttl = try span(value, line: line)
            case "timeout": terms.attemptTimeout = try span(value, line: line)
            case "margin": terms.safetyMargin = try span(value, line: line)
            case "give-up-at": terms.giveUpAt = Instant.ms(0) + (try span(value, line: line))
            case "retry":
                let bounds = try value.split(separator: ".").map { try span($0, line: line) }
                guard bounds.count == 2 else { throw mistake(line, "retry=BASE..CAP") }
                terms.retry = RetrySchedule(base: bounds[0], cap: bounds[1])
            case "auto": terms.autoExtension = AutoExtension()
            case "max-hold": terms.autoExtension = AutoExtension(maximumHold: try span(value, line: line))
            case "fenced": terms.fencing = true
            default: throw mistake(line, "no such term: \(word)")
            }
        }
        return terms
    }
}

extension Scenario: CustomStringConvertible {
    var description: String { name }
}
