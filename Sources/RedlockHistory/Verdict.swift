package import RedlockCore

/// What a checker found.
package enum Verdict: Hashable, Sendable {
    case valid
    /// The property was violated; here is where.
    case invalid([Evidence])
    /// The history does not say enough to tell.
    case unknown(String)

    /// Both together: a violation dominates, and not knowing beats knowing that nothing was found.
    package func and(_ other: Verdict) -> Verdict {
        switch (self, other) {
        case (.invalid(let a), .invalid(let b)): .invalid(a + b)
        case (.invalid, _): self
        case (_, .invalid): other
        case (.unknown(let a), .unknown(let b)): .unknown("\(a); \(b)")
        case (.unknown, .valid): self
        case (.valid, _): other
        }
    }

    package var isInvalid: Bool {
        if case .invalid = self { true } else { false }
    }
}

/// One violation: what is wrong, when, and which leases are in it.
package struct Evidence: Hashable, Sendable {
    package let sentence: String
    package let at: Instant
    package let leases: [Int]

    package init(_ sentence: String, at: Instant, leases: [Int] = []) {
        self.sentence = sentence
        self.at = at
        self.leases = leases
    }
}

extension [Evidence] {
    /// Valid if there is none.
    package var verdict: Verdict { isEmpty ? .valid : .invalid(self) }
}
