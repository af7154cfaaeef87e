import Foundation
import RedlockHistory
import RedlockNode
import RedlockServers
import RedlockSimulation
import Synchronization

/// The client processes. A killed one is followed by another with the same number and ways to the nodes.
final class Crew: Sendable {
    private struct Member {
        var process: GuardedProcess?
        var starts = 0
        /// Whether its end was our doing.
        var isMeantToBeGone = true
    }

    private let plans: [WorkerPlan]
    private let log: RunLog
    private let folder: String
    private let members: Mutex<[Member]>

    init(_ plans: [WorkerPlan], folder: String, log: RunLog) {
        self.plans = plans
        self.log = log
        self.folder = folder
        members = Mutex(Array(repeating: Member(), count: plans.count))
    }

    var count: Int { plans.count }

    /// The files in which the clients have written so far.
    var histories: [String] {
        members.withLock { members in
            members.indices.flatMap { client in (0..<members[client].starts).map { path(client, $0) } }
        }
    }

    private func log(of client: Int) -> String { "\(folder)/clients/client-\(client + 1).log" }

    private func path(_ client: Int, _ start: Int) -> String { "\(folder)/clients/client-\(client + 1)-\(start + 1).jsonl" }

    func start(_ client: Int) async throws {
        let start = members.withLock { members in
            defer { members[client].starts += 1 }
            return members[client].starts
        }
        var plan = plans[client]
        plan.history = path(client, start)
        plan.firstLease = (client + 1) * 10_000_000 + start * 40_000 + 1
        plan.seed &+= UInt64(start)
        let process = try await GuardedProcess(
            Program.ownPath, ["client", try plan.json], log: log(of: client))
        log.note(.resumed, process: client + 1)
        members.withLock {
            $0[client].process = process
            $0[client].isMeantToBeGone = false
        }
    }

    func kill(_ client: Int) async {
        let process = members.withLock { members in
            members[client].isMeantToBeGone = true
            return members[client].process
        }
        await process?.kill()
        // Only now: nothing of it comes after this instant.
        log.note(.died, process: client + 1)
    }

    func pause(_ client: Int) {
        log.note(.paused, process: client + 1)
        members.withLock { $0[client].process }?.pause()
    }

    func resume(_ client: Int) {
        members.withLock { $0[client].process }?.resume()
        log.note(.resumed, process: client + 1)
    }

    func tell(_ phase: WorkerPhase, _ client: Int) { members.withLock { $0[client].process }?.tell(phase.rawValue) }

    func tell(_ phase: WorkerPhase) { for client in plans.indices { tell(phase, client) } }

    /// A client that ended and should not have.
    struct Crash {
        let client: Int
        let how: String
        /// Nothing is wrong with the lock, only with the place for its history.
        let isHarnessFailure: Bool

        var sentence: String {
            isHarnessFailure
                ? "client \(client + 1) could not write its history; is the disk full?" : "client \(client + 1) ended by itself with \(how)"
        }
    }

    var crashes: [Crash] {
        members.withLock { members in
            members.indices.compactMap { client in
                guard let process = members[client].process, !members[client].isMeantToBeGone, !process.isRunning else { return nil }
                let how = process.exitCode.map { "exit code \($0)" } ?? "a signal"
                return Crash(
                    client: client, how: how + lastWords(of: client), isHarnessFailure: process.exitCode == HistoryFile.exitCode)
            }
        }
    }

    /// Why it ended: an invariant of the library that does not hold, for example.
    private func lastWords(of client: Int) -> String {
        let text = FileManager.default.contents(atPath: log(of: client)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let last = text.split(separator: "\n").last {
            $0.contains("Fatal error") || $0.contains("recondition failed")
        }
        return last.map { ": \($0)" } ?? ""
    }

    /// Lets all end, and kills those that do not.
    func finish() async {
        let processes = members.withLock { members in
            for client in members.indices { members[client].isMeantToBeGone = true }
            return members.compactMap(\.process)
        }
        await concurrently(processes) { process in
            process.resume()
            process.tell(WorkerPhase.finish.rawValue)
            if await !process.waitUntilGone(seconds: 5) { await process.kill() }
        }
    }
}
