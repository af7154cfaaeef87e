import Foundation

/// What ps says of processes, asked without the code under test.
enum ProcessTree {
    private struct Entry {
        let pid, parent: Int32
        let state: Character
    }

    private static func entries() throws -> [Entry] {
        let ps = Process()
        let pipe = Pipe()
        ps.executableURL = URL(filePath: "/usr/bin/env")
        ps.arguments = ["ps", "-A", "-o", "pid=,ppid=,stat="]
        ps.standardOutput = pipe
        try ps.run()
        let output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        ps.waitUntilExit()
        return output.split(separator: "\n").compactMap { line in
            let words = line.split(separator: " ")
            guard words.count == 3, let pid = Int32(words[0]), let parent = Int32(words[1]), let state = words[2].first else { return nil }
            return Entry(pid: pid, parent: parent, state: state)
        }
    }

    /// Its children and theirs, with their states: T for one that is stopped.
    static func descendants(of pid: Int32) throws -> [Int32: Character] {
        let entries = try entries()
        var found: [Int32: Character] = [:]
        var parents = [pid]
        while let parent = parents.popLast() {
            for entry in entries where entry.parent == parent {
                found[entry.pid] = entry.state
                parents.append(entry.pid)
            }
        }
        return found
    }

    /// Which of these have not ended. One that only waits to be reaped has.
    static func alive(among pids: some Collection<Int32>) throws -> [Int32] {
        try entries().filter { pids.contains($0.pid) && $0.state != "Z" }.map(\.pid)
    }
}
