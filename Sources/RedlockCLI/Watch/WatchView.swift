/// What the user of `redlock watch` wants to see: changed by keys alone. Pure.
struct WatchView: Sendable, Hashable {
    /// By what locks are sorted; the next in the list follows at a key press.
    enum Sort: String, Sendable, CaseIterable {
        /// Trouble first.
        case state
        case name
        /// What ends next first.
        case ttl
        /// What is held longest first.
        case held
        /// What was granted most often first.
        case grants
    }

    /// The order of the locks.
    private(set) var sort = Sort.state
    /// Whether it is turned round.
    private(set) var isReversed = false
    /// Only locks whose names contain this are shown.
    private(set) var filter = ""
    /// Whether keys go into the filter.
    private(set) var isEditingFilter = false
    /// How many locks are above the first that is shown.
    private(set) var scroll = 0
    /// Whether the screen stands still.
    private(set) var isPaused = false

    /// Takes a key. Returns false when it was the one to quit.
    mutating func press(_ key: TerminalKey) -> Bool {
        if isEditingFilter {
            edit(key)
            return true
        }
        switch key {
        case .character("q"), .character("Q"): return false
        case .character("s"):
            let all = Sort.allCases
            sort = all[((all.firstIndex(of: sort) ?? 0) + 1) % all.count]
        case .character("r"): isReversed.toggle()
        case .character("/"): isEditingFilter = true
        case .character(" "): isPaused.toggle()
        case .character("j"), .down: scroll += 1
        case .character("k"), .up: scroll = max(0, scroll - 1)
        case .character("g"): scroll = 0
        case .escape: (filter, scroll) = ("", 0)
        case .character, .enter, .backspace: break
        }
        return true
    }

    private mutating func edit(_ key: TerminalKey) {
        switch key {
        case .character(let character): filter.append(character)
        case .backspace: if !filter.isEmpty { filter.removeLast() }
        case .enter: isEditingFilter = false
        case .escape: (filter, isEditingFilter) = ("", false)
        case .up, .down: break
        }
        scroll = 0
    }

    /// Not further than to the last lock.
    mutating func limitScroll(to most: Int) { scroll = min(scroll, max(0, most)) }

    /// The locks to show, in their order.
    func locks(of model: WatchModel) -> [WatchModel.Lock] {
        let shown = model.locks.values.filter { filter.isEmpty || Escaping.name($0.resource).contains(filter) }
        let sorted = shown.sorted { a, b in
            let (first, second) = (rank(a), rank(b))
            // Names are unique only together with the bytes they were made of, which is enough for an order that stands still.
            return first != second ? first < second : a.resource < b.resource
        }
        return isReversed ? sorted.reversed() : sorted
    }

    private func rank(_ lock: WatchModel.Lock) -> Int64 {
        switch sort {
        case .name: return 0
        case .state:
            return switch lock.verdict {
            case .split: 0
            case .unknown, .quarantined: 1
            case .held: 2
            case .free: 3
            }
        case .ttl: if case .held(_, _, let left?) = lock.verdict { return DurationText.milliseconds(left) } else { return .max }
        case .held: return lock.heldSince.map(DurationText.milliseconds) ?? .max
        case .grants: return -Int64(lock.grants)
        }
    }
}
