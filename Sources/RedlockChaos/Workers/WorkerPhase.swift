/// What the harness tells its clients, as lines on their standard input.
enum WorkerPhase: String, Sendable {
    /// Lock, work, unlock, in all the ways there are.
    case work
    /// The same, with as many short attempts beside it as fit.
    case flood
    /// Hold one lock again and again, each time to the last moment of its validity.
    case cling
    /// Want that lock all the time, without patience, and give it back at once.
    case pounce
    /// Everybody wants the same lock at once, and nobody waits: most attempts fail and must leave nothing behind.
    case burst
    /// Every lock once, with patience: everything has healed, so each must be given.
    case settle
    /// Do nothing and say so.
    case rest
    /// End.
    case finish
}
