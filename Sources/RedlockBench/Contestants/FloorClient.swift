import CHiredis
import Foundation
import RedlockCore
import RedlockNode

/// The least a client can do: hiredis, one thread, poll(), no hop to another thread, no timeouts, no cancellation.
///
/// A batch of cycles is in flight at a time. All SETs are pipelined to every node, and when each has been granted by a
/// majority all compare-and-deletes follow; stragglers are read along the way. The barrier makes batches larger than a
/// service's would be, which favours the floor.
final class FloorClient: @unchecked Sendable {
    private var connections: [FloorConnection]
    private var polls: [pollfd]
    private let commands: [FloorCommands]
    private var votes: [UInt8]
    private var settled = 0
    /// How many rounds have been sent; each sends one command for every slot.
    private var rounds = 0
    private let needed: UInt8
    private var random: UInt64 = 1

    /// What a cycle consists of.
    enum Work { case plain, fenced, ping }

    /// Connects to all servers.
    init(ports: [Int], concurrency: Int) throws {
        connections = try ports.map { try FloorConnection(port: $0, scripts: [LockScripts.acquire.source, LockScripts.release.source]) }
        polls = connections.map { pollfd(fd: $0.context.pointee.fd, events: Int16(POLLIN), revents: 0) }
        commands = (0..<concurrency).map { FloorCommands(slot: $0) }
        votes = [UInt8](repeating: 0, count: concurrency)
        needed = UInt8(ports.count / 2 + 1)
    }

    deinit {
        for connection in connections { redisFree(connection.context) }
    }

    /// Batches until the time is over.
    func run(_ work: Work, seconds: Double, tape: SampleTape) throws {
        let (acquire, release): (FloorCommands.Kind, FloorCommands.Kind) =
            switch work {
            case .plain: (.set, .compareAndDelete)
            case .fenced: (.fencedAcquire, .fencedRelease)
            case .ping: (.ping, .ping)
            }
        let deadline = BootClock.now() + Nanoseconds(Int64(seconds * 1e9))
        var acquired = [Int64](repeating: 0, count: commands.count)
        var begun = BootClock.now()
        while begun < deadline {
            for command in commands { command.renewToken(&random) }
            if work == .fenced {
                let now = Int64(Date().timeIntervalSince1970 * 1e6)
                for command in commands { command.renewFence(now) }
            }
            try round(acquire) { acquired[$0] = (BootClock.now() - begun).count }
            try round(release) {
                tape.record(acquire: acquired[$0], cycle: (BootClock.now() - begun).count)
            }
            begun = BootClock.now()
        }
        try readStragglers()
    }

    /// Sends one command for each slot to all nodes and waits for a majority on each.
    private func round(_ kind: FloorCommands.Kind, _ settle: (Int) -> Void) throws {
        for slot in commands.indices {
            votes[slot] = 0
            commands[slot].withFormatted(kind) { bytes, length in
                for connection in connections { connection.append(bytes, length) }
            }
        }
        rounds += 1
        settled = 0
        for node in connections.indices { try write(node) }
        while settled < commands.count { try wait(for: kind, settle) }
    }

    private func write(_ node: Int) throws {
        polls[node].events = Int16(try connections[node].write() ? POLLIN : POLLIN | POLLOUT)
    }

    private func wait(for kind: FloorCommands.Kind?, _ settle: (Int) -> Void) throws {
        guard poll(&polls, nfds_t(polls.count), 5_000) > 0 else { throw BenchError("the servers do not answer hiredis") }
        for node in polls.indices where polls[node].revents != 0 {
            if polls[node].revents & Int16(POLLOUT) != 0 { try write(node) }
            if polls[node].revents & Int16(POLLIN) != 0 { try read(node, kind, settle) }
        }
    }

    private func read(_ node: Int, _ kind: FloorCommands.Kind?, _ settle: (Int) -> Void) throws {
        try connections[node].read()
        let firstOfRound = (rounds - 1) * commands.count
        while let reply = connections[node].next() {
            defer { freeReplyObject(reply) }
            let slot = connections[node].replies - 1 - firstOfRound
            guard slot >= 0 else { continue }  // a straggler of an earlier round
            guard let kind else { continue }  // only waiting for the rest
            guard Self.isGood(reply, kind) else { throw BenchError("a server did not grant the floor its lock") }
            votes[slot] += 1
            if votes[slot] == needed {
                settled += 1
                settle(slot)
            }
        }
    }

    private static func isGood(_ reply: UnsafeMutablePointer<redisReply>, _ kind: FloorCommands.Kind) -> Bool {
        switch kind {
        case .set, .ping: reply.pointee.type == REDIS_REPLY_STATUS
        case .fencedAcquire: reply.pointee.type == REDIS_REPLY_INTEGER && reply.pointee.integer > 0
        case .compareAndDelete, .fencedRelease: reply.pointee.type == REDIS_REPLY_INTEGER && reply.pointee.integer == 1
        }
    }

    /// Reads what the majority did not wait for, so that the next run begins with nothing under way.
    private func readStragglers() throws {
        let all = rounds * commands.count
        while connections.contains(where: { $0.replies < all }) { try wait(for: nil) { _ in } }
    }
}
