import Foundation

/// Decides what `redlock run` does, and does nothing: what happens goes in, what to do comes out, in order.
struct RunMachine: Hashable {
    /// Where a run stands.
    enum State: Hashable {
        /// The lock is being waited for. Can transition to: leaving, running, finished.
        case waiting
        /// A signal ended the wait, and it is being undone. Can transition to: finished.
        case leaving(signal: Int32)
        /// The command runs under the lock, or is stopped for a while by `stop`. Can transition to: stopping, killing, finished.
        case running(stop: Int32?)
        /// The lock is lost, and the command has been asked to end. Can transition to: killing, finished.
        case stopping(hasEnded: Bool)
        /// It has been killed and only its end is missing. Can transition to: finished.
        case killing
        /// Final.
        case finished
    }

    /// What happens.
    enum Event: Hashable {
        /// The lock is held.
        case locked
        /// It is not, and that has been said.
        case notLocked(status: Int32)
        /// The command runs. It is interactive if the terminal is ours, and its input and output are the terminal.
        case started(isInteractive: Bool)
        /// The command cannot be started, and that has been said.
        case notStarted(status: Int32)
        /// We got a signal.
        case signalled(Int32)
        /// We go on after a stop.
        case continued(lockIsValid: Bool)
        /// The command was stopped; on a terminal only, which can be ours to give, or given to it already.
        case childStopped(by: Int32, terminalIsOurs: Bool)
        /// The command is over.
        case childEnded(ChildCommand.End, lockIsValid: Bool)
        /// The lock cannot be kept; the command may take this long to end.
        case lost(grace: Duration)
        /// That time is over.
        case graceOver
        /// Nothing is left of the command's process group.
        case groupGone
    }

    /// What to do.
    enum Effect: Hashable {
        case stopWaiting
        case startCommand
        case signalGroup(Int32)
        /// Say that the lock is lost, and what will be done.
        case announceLoss
        /// Say that the lock was over before the command was.
        case announceLateEnd
        case armGrace(Duration)
        /// Tell when the group has no members any more.
        case watchGroup
        case giveTerminal
        /// Stop ourselves, as the command is stopped; the whole of our group, when the terminal has not done so.
        case stopOurselves(group: Bool)
        /// Release the lock, if it is held, and exit.
        case finish(Outcome)
    }

    /// How it ends.
    enum Outcome: Hashable {
        /// With a status.
        case status(Int32)
        /// As the command did or by a signal that ended the wait.
        case signal(Int32)

        /// What the process exits with.
        var status: Int32 {
            switch self {
            case .status(let status): status
            case .signal(let number): ExitStatus.signal(number)
            }
        }
    }

    /// What is done when the lock is lost.
    var onLost = LossPolicy.term
    /// Where it stands.
    private(set) var state = State.waiting
    /// Whether the lock was lost and the command goes on all the same.
    private(set) var runsWithoutLock = false
    /// Whether the command was given the terminal, or wants it.
    private(set) var usesTerminal = false

    /// Takes what happened.
    mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .locked: locked()
        case .notLocked(let status): notLocked(status)
        case .started(let isInteractive): started(isInteractive)
        case .notStarted(let status): finish(.status(status))
        case .signalled(let number): signalled(number)
        case .continued(let lockIsValid): continued(lockIsValid)
        case .childStopped(let number, let isOurs): childStopped(number, isOurs)
        case .childEnded(let end, let lockIsValid): childEnded(end, lockIsValid)
        case .lost(let grace): lost(grace)
        case .graceOver: graceOver()
        case .groupGone: if case .stopping(hasEnded: true) = state { finish(.status(ExitStatus.lost)) } else { [] }
        }
    }

    private mutating func finish(_ outcome: Outcome) -> [Effect] {
        guard state != .finished else { return [] }
        state = .finished
        return [.finish(outcome)]
    }

    private mutating func locked() -> [Effect] {
        switch state {
        case .waiting:
            state = .running(stop: nil)
            return [.startCommand]
        // Granted at the moment in which it was given up.
        case .leaving(let number): return finish(.signal(number))
        default: return []
        }
    }

    private mutating func started(_ isInteractive: Bool) -> [Effect] {
        usesTerminal = isInteractive
        return isInteractive ? [.giveTerminal] : []
    }

    private mutating func notLocked(_ status: Int32) -> [Effect] {
        if case .leaving(let number) = state { return finish(.signal(number)) }
        return finish(.status(status))
    }

    private mutating func signalled(_ number: Int32) -> [Effect] {
        switch state {
        case .waiting:
            switch number {
            case SIGTSTP: return [.stopOurselves(group: false)]
            case SIGWINCH: return []
            default:
                state = .leaving(signal: number)
                return [.stopWaiting]
            }
        case .running: return [.signalGroup(number)]
        // It must not be stopped now: it has to end.
        case .stopping(hasEnded: false): return number == SIGTSTP ? [] : [.signalGroup(number)]
        case .leaving, .stopping, .killing, .finished: return []
        }
    }

    private mutating func childStopped(_ number: Int32, _ terminalIsOurs: Bool) -> [Effect] {
        guard case .running = state else { return [] }
        let wantsTerminal = number == SIGTTIN || number == SIGTTOU
        if wantsTerminal && terminalIsOurs {
            usesTerminal = true
            return [.giveTerminal, .signalGroup(SIGCONT)]
        }
        state = .running(stop: number)
        // Full-screen programs catch those two, tidy up, and stop themselves by SIGSTOP.
        if wantsTerminal || number == SIGSTOP { usesTerminal = true }
        // Ctrl-Z has reached our whole group, unless the command had the terminal.
        return [.stopOurselves(group: usesTerminal)]
    }

    private mutating func continued(_ lockIsValid: Bool) -> [Effect] {
        guard case .running(let stop) = state else { return [] }
        state = .running(stop: nil)
        if !lockIsValid && onLost != .ignore {
            // Nobody extended the lock meanwhile: the command must not run for another moment.
            state = .killing
            return [.announceLoss, .signalGroup(SIGKILL)]
        }
        return (lockIsValid ? [] : goOnWithoutLock())
            + (stop != nil && usesTerminal ? [.giveTerminal] : []) + [.signalGroup(SIGCONT)]
    }

    private mutating func childEnded(_ end: ChildCommand.End, _ lockIsValid: Bool) -> [Effect] {
        switch state {
        case .running:
            guard lockIsValid else { return [.announceLateEnd] + finish(.status(ExitStatus.lost)) }
            return finish(end.outcome)
        case .stopping:
            // What it started may still be tidying up.
            state = .stopping(hasEnded: true)
            return [.watchGroup]
        case .killing: return finish(.status(ExitStatus.lost))
        case .waiting, .leaving, .finished: return []
        }
    }

    /// A loss is said once.
    private mutating func goOnWithoutLock() -> [Effect] {
        if runsWithoutLock { return [] }
        runsWithoutLock = true
        return [.announceLoss]
    }

    private mutating func lost(_ grace: Duration) -> [Effect] {
        guard case .running = state else { return [] }
        if onLost == .ignore { return goOnWithoutLock() }
        guard onLost == .term, grace > .zero else {
            state = .killing
            return [.announceLoss, .signalGroup(SIGKILL)]
        }
        state = .stopping(hasEnded: false)
        // A stopped process sees SIGTERM only once it goes on.
        return [.announceLoss, .signalGroup(SIGTERM), .signalGroup(SIGCONT), .armGrace(grace)]
    }

    private mutating func graceOver() -> [Effect] {
        guard case .stopping(let hasEnded) = state else { return [] }
        state = .killing
        return [.signalGroup(SIGKILL)] + (hasEnded ? finish(.status(ExitStatus.lost)) : [])
    }
}

extension ChildCommand.End {
    fileprivate var outcome: RunMachine.Outcome {
        switch self {
        case .exited(let code): .status(code)
        case .killed(let number): .signal(number)
        }
    }
}
