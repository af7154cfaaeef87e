import RedlockCore

/// Effects and states as lines of text: what scenario files expect, and what failure messages show.
///
/// The parts that matter most come first, because a scenario may expect only the beginning of a line.
extension LeaseEffect {
    var text: String {
        switch self {
        case .send(let request, let nodes, let round): "send \(request.text) to \(nodes.text) as \(round.text)"
        case .release(let token, let fence, let nodes, let until):
            "release \(token.letter)\(fence == 0 ? "" : " fence \(fence)") to \(nodes.text) until \(until.text)"
        case .granted: "granted"
        case .failed(let failure): "failed \(failure)"
        case .extended(let requested): "extended (\(requested ? "asked" : "automatic"))"
        case .extensionFailed(let failure, let requested): "extension failed \(failure) (\(requested ? "asked" : "automatic"))"
        case .mustStop: "must stop"
        case .lost: "lost"
        }
    }
}

extension NodeRequest {
    var text: String {
        switch self {
        case .acquire(let token, let ttl, let fencing): "acquire \(token.letter) ttl \(ttl.text)\(fencing ? " fenced" : "")"
        case .raise(let token, let fence): "raise \(token.letter) fence \(fence)"
        case .extend(let token, let ttl, let fence): "extend \(token.letter)\(fence == 0 ? "" : " fence \(fence)") ttl \(ttl.text)"
        }
    }
}

extension LeaseMachine {
    var text: String {
        switch state {
        case .idle: "idle"
        case .voting(let attempt): "voting on \(attempt.token.letter) until \(attempt.deadline.text)"
        case .raising(let attempt, _): "raising \(attempt.token.letter) until \(attempt.deadline.text)"
        case .backingOff(let until): "backing off until \(until.text)"
        case .held(let holding):
            "held \(holding.token.letter)\(holding.fence == 0 ? "" : " fence \(holding.fence)") valid until \(holding.validUntil.text)"
                + (isExtending ? ", extending" : "") + (holding.stopTold ? ", told to stop" : "")
                + ", wake at \(wakeAt?.text ?? "never")"
        case .ended(.released): "ended released"
        case .ended(.lost): "ended lost"
        case .ended(.notObtained(let failure)): "ended \(failure)"
        }
    }
}

extension LockToken {
    /// Tokens of tests are made from a letter, so that stories can name them.
    var letter: String { Unicode.Scalar(UInt32(truncatingIfNeeded: low)).map { String(Character($0)) } ?? "?" }
}

extension NodeSet {
    var text: String { isEmpty ? "nobody" : map { String($0.index) }.joined(separator: ",") }
}

extension RoundID {
    var text: String { "r\(number)" }
}

extension Instant {
    var text: String { Nanoseconds(nanoseconds).text }
}

extension Nanoseconds {
    /// In the largest unit that needs no fraction.
    var text: String {
        let units: [(Int64, String)] = [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")]
        for (size, name) in units where count != 0 && count % size == 0 { return "\(count / size)\(name)" }
        return count == 0 ? "0s" : "\(count)ns"
    }

    init?(text: Substring) {
        guard
            let unit = ["ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000].first(where: { unit in
                text.hasSuffix(unit.key) && text.dropLast(unit.key.count).last?.isNumber == true
            }), let count = Int64(text.dropLast(unit.key.count))
        else { return nil }
        self.init(count * Int64(unit.value))
    }
}
