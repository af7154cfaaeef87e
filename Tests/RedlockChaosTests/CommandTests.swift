import Foundation
import Testing

/// What a user of the command line gets: exit codes, what is printed, what is written.
struct CommandTests {
    @Test("Clean seeds end with 0, on as many workers as one likes with the same digest")
    func clean() async throws {
        let one = try await ChaosCommand.run("simulate", "--seeds", "20", "--workers", "1")
        let two = try await ChaosCommand.run("simulate", "--seeds", "20", "--workers", "2", "--json")
        #expect(one.status == 0 && two.status == 0, "\(one.errors)\(two.errors)")
        let digest = try #require(one.output.split(separator: " ").last?.trimmingCharacters(in: .newlines))
        #expect(one.output.contains("20 seeds from 1 on, all clean") && two.output.contains("\"digest\":\"\(digest)\""))
    }

    @Test("A violation of safety ends with 1 and says how to see it again, which then shows the same")
    func unsafe() async throws {
        let found = try await ChaosCommand.run("simulate", "--seeds", "20", "--break", "acquireOverwrites")
        #expect(found.status == 1)
        #expect(found.output.contains("mutual exclusion violated") && found.output.contains("faults that are needed"))
        let line = try #require(found.output.split(separator: "\n").first { $0.hasPrefix("replay: redlock-chaos replay ") })
        #expect(line.contains("--mutant acquireOverwrites"))
        let seed = String(line.split(separator: " ")[3])
        let once = try await ChaosCommand.run("replay", seed, "--mutant", "acquireOverwrites", "--trace")
        let twice = try await ChaosCommand.run("replay", seed, "--mutant", "acquireOverwrites", "--trace")
        #expect(once.status == 1 && once.output == twice.output && once.output.contains("mutual exclusion: VIOLATED"))
    }

    @Test("No progress after healing ends with 3")
    func notLive() async throws {
        let found = try await ChaosCommand.run("replay", "6", "--mutant", "missingScriptIgnored")
        #expect(found.status == 3 && found.output.contains("notLive") && found.output.contains("liveness: VIOLATED"))
    }

    @Test("A run outside the model, or a mutant that nobody notices, ends with 4")
    func missed() async throws {
        let result = try await ChaosCommand.run("explore", "--scope", "drift", "--limit", "10")
        #expect(result.status == 4 && result.output.contains("not finished"))
    }

    @Test("If the machine traps, the seeds under way are named, and the exit code is 4")
    func trap() async throws {
        let result = try await ChaosCommand.run("simulate", "--seeds", "40", "--from", "100", "--workers", "1", "--trap-at", "107")
        #expect(result.status == 4)
        #expect(result.errors.contains("it was one of these: redlock-chaos replay 107; "), "\(result.errors)")
    }

    @Test("A replay writes its picture and its history, which can be read again")
    func files() async throws {
        try await ChaosCommand.inTemporaryDirectory { directory in
            let (picture, history) = (directory.appending(path: "out.svg"), directory.appending(path: "out.jsonl"))
            let result = try await ChaosCommand.run("replay", "7", "--timeline", picture.path, "--history", history.path)
            #expect(result.status == 0, "\(result.errors)")
            #expect(try String(contentsOf: picture, encoding: .utf8).hasPrefix("<svg"))
            #expect(try String(contentsOf: history, encoding: .utf8).hasPrefix("{\"at\":"))
        }
    }

    @Test(
        "Wrong usage ends with 64 and says what is wrong",
        arguments: [
            (["simulate", "--seeds", "0"], "--seeds"), (["simulate", "--minutes", "-1"], "--minutes"),
            (["simulate", "--mutant", "none"], "no mutant"), (["explore", "--scope", "none"], "no scope"), (["replay"], "seed"),
        ])
    func usage(arguments: [String], hint: String) async throws {
        let result = try await ChaosCommand.run(arguments)
        #expect(result.status == 64 && result.errors.contains(hint), "\(result.errors)")
    }
}
