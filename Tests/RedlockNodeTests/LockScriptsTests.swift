import Foundation
import RedlockNode
import Testing

@Suite("LockScripts", .timeLimit(.minutes(1)))
struct LockScriptsTests {
    /// What the system's own tool makes of the text.
    private static func sha1sum(_ text: String) throws -> String {
        let process = Process()
        let (input, output) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["sha1sum"]
        process.standardInput = input
        process.standardOutput = output
        try process.run()
        input.fileHandleForWriting.write(Data(text.utf8))
        try input.fileHandleForWriting.close()
        let answer = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return String(String(decoding: answer, as: UTF8.self).prefix(40))
    }

    @Test("the digest that is written down is the SHA-1 of the script", arguments: LockScripts.all)
    func digest(script: LockScript) throws {
        #expect(try Self.sha1sum(script.source) == script.digest, "\(script.name)")
    }

    @Test("each script has a name and a digest of its own")
    func distinct() {
        #expect(LockScripts.all.count == 4)
        #expect(Set(LockScripts.all.map(\.name)).count == 4)
        #expect(Set(LockScripts.all.map(\.digest)).count == 4)
    }

    @Test("a script writes only what it was told by KEYS, so that it may be sent to any server")
    func keysAreDeclared() throws {
        for script in LockScripts.all {
            for line in script.source.split(separator: "\n") where line.contains("redis.") && !line.contains("TIME") {
                #expect(line.contains("KEYS[1]") || line.contains("KEYS[2]"), "\(script.name): \(line)")
            }
        }
    }
}
