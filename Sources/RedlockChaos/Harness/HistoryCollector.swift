import Foundation
import RedlockCore
import RedlockHistory
import RedlockNode
import Synchronization

/// Reads what the clients write, while they write it, and puts it together with what the harness did.
final class HistoryCollector: Sendable {
    fileprivate struct Content {
        var offsets: [String: UInt64] = [:]
        var operations: [RedlockHistory.Operation] = []
        var tally = Tally()
        var unreadable: [String] = []
        var readAt = Instant(nanoseconds: 0)
    }

    /// What has been counted so far.
    struct Tally: Sendable {
        var operations = 0
        var granted = 0
        var refused = 0
        /// How often a client has said that it has settled, or rests.
        var settled = 0
        var resting = 0
    }

    private let content = Mutex(Content())

    var tally: Tally { content.withLock(\.tally) }
    /// Lines that are no operations.
    var unreadable: [String] { content.withLock(\.unreadable) }

    /// When it last began to read.
    var readAt: Instant { content.withLock(\.readAt) }

    /// Reads what has been added to the files since.
    func collect(_ files: [String]) {
        content.withLock { content in
            content.readAt = BootClock.now()
            for file in files { content.read(file) }
        }
    }

    /// All in the order of time, without the grants that a pause hid from their holder until they were over.
    func history(with world: [RedlockHistory.Operation], until end: Instant = .distantFuture) -> History {
        let operations = (content.withLock(\.operations) + world).filter { $0.at <= end }.enumerated()
            .sorted { ($0.element.at, $0.offset) < ($1.element.at, $1.offset) }.map(\.element)
        return History(operations).withoutGrantsMissedInPauses()
    }
}

extension HistoryCollector.Content {
    fileprivate mutating func read(_ file: String) {
        guard let handle = FileHandle(forReadingAtPath: file) else { return }
        defer { try? handle.close() }
        let offset = offsets[file] ?? 0
        try? handle.seek(toOffset: offset)
        guard let data = try? handle.readToEnd(), let end = data.lastIndex(of: UInt8(ascii: "\n")) else { return }
        let complete = data[data.startIndex...end]
        offsets[file] = offset + UInt64(complete.count)
        do {
            add(try History(jsonLines: String(decoding: complete, as: UTF8.self)).operations)
        } catch {
            unreadable.append("\(file): \(error)")
        }
    }

    private mutating func add(_ new: [RedlockHistory.Operation]) {
        operations += new
        tally.operations += new.count
        for operation in new {
            switch operation.what {
            case .granted: tally.granted += 1
            case .refused: tally.refused += 1
            case .note(WorkerPhase.settle.rawValue): tally.settled += 1
            case .note(WorkerPhase.rest.rawValue): tally.resting += 1
            default: break
            }
        }
    }
}

extension History {
    /// A process that is stopped between the grant and the look at its clock writes down a grant that is over already. It
    /// has relied on nothing, so that counts as a refusal; without a pause it stays what it is, a violation.
    func withoutGrantsMissedInPauses() -> History {
        let pauses = Pauses(self)
        var asked: [Int: Instant] = [:]
        return History(
            operations.map { operation in
                switch operation.what {
                case .acquire: asked[operation.lease] = operation.at
                case .granted(let until, _) where operation.at >= until:
                    if pauses.overlap(from: asked[operation.lease] ?? until, until: operation.at, of: operation.process) {
                        return Operation(
                            at: operation.at, process: operation.process, lease: operation.lease,
                            .refused("over before the paused process saw it"))
                    }
                default: break
                }
                return operation
            })
    }
}
