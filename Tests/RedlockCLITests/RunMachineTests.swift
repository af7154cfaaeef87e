import Foundation
import Testing

@testable import RedlockCLI

@Suite("The decisions of redlock run")
struct RunMachineTests {
    private func running(_ onLost: LossPolicy = .term) -> RunMachine {
        var machine = RunMachine(onLost: onLost)
        #expect(machine.handle(.locked) == [.startCommand])
        return machine
    }

    @Test("the command's end is ours", arguments: zip([ChildCommand.End.exited(3), .exited(0), .killed(by: 9)], [3, 0, 137] as [Int32]))
    func end(end: ChildCommand.End, status: Int32) throws {
        var machine = running()
        let effects = machine.handle(.childEnded(end, lockIsValid: true))
        guard case .finish(let outcome)? = effects.first else { throw EventLog.Missing(line: "finish", lines: []) }
        #expect(effects.count == 1 && outcome.status == status)
        #expect(machine.handle(.lost(grace: .seconds(1))).isEmpty)
    }

    @Test("a lock that is not obtained ends it with the status that goes with it")
    func notLocked() {
        var machine = RunMachine()
        #expect(machine.handle(.notLocked(status: 75)) == [.finish(.status(75))])
    }

    @Test("a signal ends the wait, and a lock that comes all the same is given back", arguments: [true, false])
    func signalWhileWaiting(isLocked: Bool) {
        var machine = RunMachine()
        #expect(machine.handle(.signalled(SIGTERM)) == [.stopWaiting])
        #expect(machine.handle(.signalled(SIGTERM)).isEmpty)
        #expect(machine.handle(isLocked ? .locked : .notLocked(status: 75)) == [.finish(.signal(SIGTERM))])
    }

    @Test("signals are passed on", arguments: [SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGTSTP, SIGWINCH])
    func forwards(number: Int32) {
        var machine = running()
        #expect(machine.handle(.signalled(number)) == [.signalGroup(number)])
    }

    @Test("a loss is SIGTERM, the grace, SIGKILL, and always 70")
    func loss() {
        var machine = running()
        #expect(
            machine.handle(.lost(grace: .seconds(1)))
                == [.announceLoss, .signalGroup(SIGTERM), .signalGroup(SIGCONT), .armGrace(.seconds(1))])
        #expect(machine.handle(.signalled(SIGTSTP)).isEmpty, "it must not be stopped now")
        #expect(machine.handle(.graceOver) == [.signalGroup(SIGKILL)])
        #expect(machine.handle(.childEnded(.exited(0), lockIsValid: false)) == [.finish(.status(70))])
    }

    @Test("what the command started has the same grace")
    func lossWithStragglers() {
        var machine = running()
        _ = machine.handle(.lost(grace: .seconds(1)))
        #expect(machine.handle(.childEnded(.killed(by: SIGTERM), lockIsValid: true)) == [.watchGroup])
        var other = machine
        #expect(machine.handle(.groupGone) == [.finish(.status(70))])
        #expect(other.handle(.graceOver) == [.signalGroup(SIGKILL), .finish(.status(70))])
        #expect(other.handle(.groupGone).isEmpty)
    }

    @Test("without time for a grace it is killed at once")
    func lossTooLate() {
        var machine = running()
        #expect(machine.handle(.lost(grace: .zero)) == [.announceLoss, .signalGroup(SIGKILL)])
        #expect(machine.handle(.childEnded(.killed(by: SIGKILL), lockIsValid: false)) == [.finish(.status(70))])
    }

    @Test("with kill there is no grace")
    func lossWithKill() {
        var machine = running(.kill)
        #expect(machine.handle(.lost(grace: .seconds(1))) == [.announceLoss, .signalGroup(SIGKILL)])
        #expect(machine.handle(.graceOver).isEmpty)
        #expect(machine.handle(.childEnded(.killed(by: SIGKILL), lockIsValid: true)) == [.finish(.status(70))])
    }

    @Test("with ignore the command goes on, is told nothing, and is no success if it ends too late")
    func lossIgnored() {
        var machine = running(.ignore)
        #expect(machine.handle(.lost(grace: .seconds(1))) == [.announceLoss])
        #expect(machine.runsWithoutLock)
        #expect(machine.handle(.signalled(SIGTERM)) == [.signalGroup(SIGTERM)], "it is still ours to pass signals to")
        #expect(machine.handle(.childStopped(by: SIGTSTP, terminalIsOurs: true)) == [.stopOurselves(group: false)])
        #expect(machine.handle(.continued(lockIsValid: false)) == [.signalGroup(SIGCONT)], "the loss is said once")
        var inTime = machine
        #expect(inTime.handle(.childEnded(.exited(0), lockIsValid: true)) == [.finish(.status(0))], "the lock was still ours")
        #expect(machine.handle(.childEnded(.exited(0), lockIsValid: false)) == [.announceLateEnd, .finish(.status(70))])
    }

    @Test("with ignore a command that was stopped for longer than the lock lived goes on")
    func stoppedTooLongIgnored() {
        var machine = running(.ignore)
        #expect(machine.handle(.continued(lockIsValid: false)) == [.announceLoss, .signalGroup(SIGCONT)])
        #expect(machine.handle(.lost(grace: .seconds(1))).isEmpty)
    }

    @Test("a command that ends after the lock was over is no success")
    func lateEnd() {
        var machine = running()
        #expect(machine.handle(.childEnded(.exited(0), lockIsValid: false)) == [.announceLateEnd, .finish(.status(70))])
    }

    @Test("a command that wants the terminal gets it if it is ours, and stops us with it if not")
    func terminal() {
        var machine = running()
        #expect(machine.handle(.childStopped(by: SIGTTIN, terminalIsOurs: true)) == [.giveTerminal, .signalGroup(SIGCONT)])
        // Ctrl-Z reaches only the command now.
        #expect(machine.handle(.childStopped(by: SIGTSTP, terminalIsOurs: false)) == [.stopOurselves(group: true)])
        #expect(machine.handle(.continued(lockIsValid: true)) == [.giveTerminal, .signalGroup(SIGCONT)])

        var interactive = running()
        #expect(interactive.handle(.started(isInteractive: true)) == [.giveTerminal])
        #expect(interactive.handle(.childStopped(by: SIGTSTP, terminalIsOurs: false)) == [.stopOurselves(group: true)])
        #expect(interactive.handle(.continued(lockIsValid: true)) == [.giveTerminal, .signalGroup(SIGCONT)])

        var inBackground = running()
        #expect(inBackground.handle(.started(isInteractive: false)).isEmpty)
        #expect(inBackground.handle(.childStopped(by: SIGTTOU, terminalIsOurs: false)) == [.stopOurselves(group: true)])
        #expect(inBackground.handle(.continued(lockIsValid: true)) == [.giveTerminal, .signalGroup(SIGCONT)])
    }

    @Test("a command that was stopped for longer than the lock lived does not go on")
    func stoppedTooLong() {
        var machine = running()
        #expect(machine.handle(.childStopped(by: SIGTSTP, terminalIsOurs: true)) == [.stopOurselves(group: false)])
        #expect(machine.handle(.continued(lockIsValid: false)) == [.announceLoss, .signalGroup(SIGKILL)])
        #expect(machine.handle(.lost(grace: .seconds(1))).isEmpty)
        #expect(machine.handle(.childEnded(.killed(by: SIGKILL), lockIsValid: false)) == [.finish(.status(70))])
    }
}
