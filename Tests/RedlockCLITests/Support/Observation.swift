import Foundation

/// The processes that live in a group. One that is dead and waits for a parent that does not look is none.
enum ProcessGroup {
    static func members(of group: pid_t) -> [pid_t] {
        #if os(Linux)
        let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc"))?.compactMap { pid_t($0) } ?? []
        return processes.filter { pid in
            guard let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8), let end = stat.lastIndex(of: ")") else {
                return false
            }
            let fields = stat[stat.index(after: end)...].split(separator: " ")
            return fields.count > 2 && fields[0] != "Z" && fields[2] == "\(group)"
        }
        #else
        return kill(-group, 0) == 0 ? [group] : []
        #endif
    }
}

/// A file to which commands under test append what they do, so that the order of it can be looked at.
struct EventLog {
    let path = NSTemporaryDirectory() + "redlock-cli-\(UUID().uuidString).log"

    var lines: [String] {
        ((try? String(contentsOfFile: path, encoding: .utf8)) ?? "").split(separator: "\n").map(String.init)
    }

    /// Waits for a line.
    func wait(for line: String, seconds: Double = 30) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !lines.contains(line) {
            guard ContinuousClock.now < deadline else { throw Missing(line: line, lines: lines) }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Tells the command something.
    func append(_ line: String) {
        guard let file = FileHandle(forWritingAtPath: path) else { return }
        file.seekToEndOfFile()
        file.write(Data("\(line)\n".utf8))
        try? file.close()
    }

    func remove() { try? FileManager.default.removeItem(atPath: path) }

    struct Missing: Error {
        let line: String
        let lines: [String]
    }
}
