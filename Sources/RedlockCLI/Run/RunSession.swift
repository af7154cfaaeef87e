import Foundation
import Logging
import Redlock

/// One `redlock run`: does what the ``RunMachine`` decides, and tells it what happens, one thing after the other.
///
/// Nothing here blocks: signals and the child's end come as events. One task owns all of it.
final class RunSession {
    /// What comes in from other tasks and from the signal thread.
    private enum Input: Sendable {
        case signal(Int32)
        case lock(Result<Lease, CommandFailure>)
        case loss(LeaseLoss)
        case graceOver
        case lookAtGroup
    }

    private static let forwarded = [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH]

    private let request: RunRequest
    private let redlock: Redlock
    private let terminal = ControllingTerminal()
    private let inputs: AsyncStream<Input>
    private let send: AsyncStream<Input>.Continuation
    private var machine = RunMachine()
    private var waiting: Task<Void, Never>?
    private var lease: Lease?
    private var child: ChildCommand?
    private var loss: LeaseLoss?
    private var outcome: RunMachine.Outcome?

    /// Begins to connect to the nodes.
    init(_ request: RunRequest) throws(CommandFailure) {
        self.request = request
        machine.onLost = request.onLost
        // What the library would log belongs to `status`; standard error is the command's.
        let quiet = Logger(label: "redlock", factory: { _ in SwiftLogNoOpLogHandler() })
        do { redlock = try Redlock(configuration: request.configuration, logger: quiet) } catch {
            throw CommandFailure(ExitStatus.usage, error.message)
        }
        (inputs, send) = AsyncStream.makeStream(of: Input.self)
    }

    /// Runs to the end. The lock is released and the terminal is ours when this returns.
    func run() async throws(CommandFailure) -> RunMachine.Outcome {
        let send = send
        // Without a terminal nobody could continue what Ctrl-Z stopped.
        let signals = Self.forwarded + [SIGCHLD] + (terminal == nil ? [] : [SIGTSTP, SIGCONT])
        guard SignalRelay.start(signals, { send.yield(.signal($0)) }) else {
            throw CommandFailure(ExitStatus.cannotRun, "cannot wait for signals: \(String(cString: strerror(errno)))")
        }
        waiting = Self.beginToTake(request, redlock, send)

        var iterator = inputs.makeAsyncIterator()
        while outcome == nil, let input = await iterator.next(isolation: #isolation) { react(to: input) }
        terminal?.takeBack(restoringModes: outcome != .status(0))
        await lease?.release()
        await redlock.shutdown()
        return outcome ?? .status(ExitStatus.lost)
    }

    /// Ends by SIGINT if Ctrl-C ended the command, as shells expect it: otherwise a script would go on.
    func endIfInterrupted(_ outcome: RunMachine.Outcome) {
        guard outcome == .signal(SIGINT), terminal?.isOurs == true else { return }
        // Ctrl-C went to the command alone if it had the terminal; a script around us waits for it too.
        if machine.usesTerminal {
            signal(SIGINT, SIG_IGN)
            _ = kill(0, SIGINT)
        }
        endBySignal(SIGINT)
    }

    // MARK: Events

    private func react(to input: Input) {
        switch input {
        case .signal(SIGCHLD): lookAtChild()
        case .signal(SIGCONT): handle(.continued(lockIsValid: lease?.isValid ?? true))
        case .signal(let number): handle(.signalled(number))
        case .lock(.success(let lease)):
            self.lease = lease
            handle(.locked)
        case .lock(.failure(let failure)):
            if case .waiting = machine.state { failure.messages.forEach(StandardError.say) }
            handle(.notLocked(status: failure.status))
        case .loss(let loss):
            self.loss = loss
            handle(.lost(grace: graceLeft))
        case .graceOver: handle(.graceOver)
        case .lookAtGroup: lookAtGroup()
        }
    }

    /// The grace, or less if the end of validity is near, as after a suspension of the machine.
    private var graceLeft: Duration {
        guard let lease else { return .zero }
        return min(request.timing.grace, lease.remainingValidity - request.timing.reserve / 2)
    }

    private func lookAtChild() {
        while let child, let change = child.change() {
            switch change {
            case .stopped(let number):
                // Without a terminal the one who stopped it will continue it, and the lock is kept meanwhile.
                guard let terminal else { continue }
                // It may have asked for the terminal in the moment in which it was given it.
                handle(.childStopped(by: number, terminalIsOurs: terminal.isOurs || terminal.belongs(to: child.group)))
            case .ended(let end):
                if case .stopping = machine.state {} else { self.child = nil }
                handle(.childEnded(end, lockIsValid: lease?.isValid ?? false))
                return
            }
        }
    }

    private func lookAtGroup() {
        guard outcome == nil, let child else { return }
        if child.hasMembers { watchGroup() } else { handle(.groupGone) }
    }

    // MARK: Effects

    private func handle(_ event: RunMachine.Event) {
        for effect in machine.handle(event) { perform(effect) }
    }

    private func perform(_ effect: RunMachine.Effect) {
        switch effect {
        case .stopWaiting: waiting?.cancel()
        case .startCommand: startCommand()
        case .signalGroup(let number): child?.signal(number)
        case .announceLoss: announceLoss()
        case .announceLateEnd:
            StandardError.say("the lock on \(name) was over before the command was; it may have run beside another holder")
        case .armGrace(let grace): after(grace, .graceOver)
        case .watchGroup: watchGroup()
        case .giveTerminal: if let terminal, let child, terminal.isOurs { terminal.give(to: child.group) }
        case .stopOurselves(let group):
            terminal?.takeBack()
            _ = kill(group ? 0 : getpid(), SIGSTOP)
        case .finish(let outcome): self.outcome = outcome
        }
    }

    private func startCommand() {
        guard let lease else { return }
        let variables = request.variables(fencingToken: lease.fencingToken)
        do {
            child = try ChildCommand.start(request.program, request.arguments, variables: variables)
        } catch {
            error.messages.forEach(StandardError.say)
            return handle(.notStarted(status: error.status))
        }
        handle(.started(isInteractive: terminal?.isOurs == true && isatty(0) == 1 && isatty(1) == 1))
        let send = send
        Task { if let loss = await lease.loss { send.yield(.loss(loss)) } }
    }

    private func announceLoss() {
        let reason = loss.map { "\($0)" } ?? "it was not extended while we were stopped"
        let measure: String
        if machine.runsWithoutLock {
            measure = "the command goes on (--on-lost ignore) and may run beside another holder"
        } else if case .killing = machine.state {
            measure = "the command is killed"
        } else {
            measure = "the command gets SIGTERM, and SIGKILL in \(DurationText.short(graceLeft))"
        }
        StandardError.say("the lock on \(name) is lost: \(reason); \(measure)")
    }

    private func watchGroup() { after(.milliseconds(10), .lookAtGroup) }

    private func after(_ delay: Duration, _ input: Input) {
        let send = send
        Task {
            try? await Task.sleep(for: delay)
            send.yield(input)
        }
    }

    private var name: String { Escaping.name(request.resource) }

    // MARK: The lock

    private static func beginToTake(_ request: RunRequest, _ redlock: Redlock, _ send: AsyncStream<Input>.Continuation) -> Task<Void, Never>
    {
        Task { send.yield(.lock(await take(request, redlock))) }
    }

    private static func take(_ request: RunRequest, _ redlock: Redlock) async -> Result<Lease, CommandFailure> {
        do throws(RedlockError) {
            let options = request.leaseOptions
            if let wait = request.wait {
                return .success(try await redlock.acquire(request.resource, ttl: request.timing.ttl, waiting: wait, options: options))
            }
            guard let lease = try await redlock.tryAcquire(request.resource, ttl: request.timing.ttl, options: options) else {
                return .failure(
                    CommandFailure(ExitStatus.notObtained, "the lock on \(Escaping.name(request.resource)) is held by somebody else"))
            }
            return .success(lease)
        } catch {
            let status = error.code == .invalidConfiguration ? ExitStatus.usage : ExitStatus.notObtained
            let tries = error.attempts == 0 ? "" : " (\(error.attempts == 1 ? "1 attempt" : "\(error.attempts) attempts"))"
            let nodes = error.nodes.filter { $0.outcome != .granted && $0.reason != nil }
            return .failure(CommandFailure(status, lines: ["\(error.message)\(tries)"] + nodes.map { "  \($0)" }))
        }
    }
}
