import Foundation

/// The wall clocks of the nodes, as libfaketime shows them: a file for each node, which it reads again and again.
struct NodeClocks: Sendable {
    private let library: String
    private let folder: String

    /// - Throws: what to install, if libfaketime is missing.
    init(folder: String, nodes: Int) throws {
        guard let library = Self.library else {
            throw HarnessFailure(Self.isMissing)
        }
        self.library = library
        self.folder = folder
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for node in 0..<nodes { try set(node, milliseconds: 0, rate: 1) }
    }

    static let isMissing = "libfaketime is not installed (apt-get install faketime)"

    /// Where Debian, Fedora and Homebrew put it.
    static let library = [
        "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
        "/usr/lib64/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1",
    ].first { FileManager.default.fileExists(atPath: $0) }

    /// What the environment of a node's server must contain. Its monotonic clock stays true.
    func variables(_ node: Int) -> [String: String] {
        [
            // libc in front of jemalloc, which asks for the time before libfaketime is ready to tell it.
            "LD_PRELOAD": "\(library):libc.so.6", "FAKETIME_TIMESTAMP_FILE": file(node), "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        ]
    }

    /// Replaced as a whole, so that no server reads half of it.
    func set(_ node: Int, milliseconds: Int64, rate: Double) throws {
        let text = String(format: "%+.3fs", Double(milliseconds) / 1_000) + (rate == 1 ? "" : " x\(rate)") + "\n"
        try Data(text.utf8).write(to: URL(filePath: file(node)), options: .atomic)
    }

    private func file(_ node: Int) -> String { "\(folder)/clock-\(node + 1)" }
}
