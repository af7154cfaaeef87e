import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock bench and completions", .timeLimit(.minutes(2)))
    struct BenchCommandTests {
        private struct Trial: Decodable {
            let workers: Int
            let cycles: Int
            let acquire_us: Latency
            let failures: [String: Int]
            let acquire_histogram: [Bucket]

            struct Latency: Decodable {
                let p50: UInt64
                let p99: UInt64
                let max: UInt64
            }

            struct Bucket: Decodable {
                let count: Int
            }
        }

        private func keys(_ fleet: RedisFleet) async throws -> String {
            var left = ""
            for server in fleet.servers { left += try await server.cli("--scan", "--pattern", "*redlock-bench*") }
            return left
        }

        @Test("measures, counts every cycle once, and leaves nothing behind, also when it is ended early")
        func measures() async throws {
            try await withRedisFleet(3) { fleet in
                let program = Program(nodes: fleet.urls)
                let result = try await program("bench", "--no-quarantine", "--duration", "400ms", "--workers", "4", "--json")
                #expect(result.status == 0, "\(result.errors)")
                let trials = try JSONDecoder().decode([Trial].self, from: Data(result.output.utf8))
                #expect(trials.map(\.workers) == [1, 4])
                for trial in trials {
                    #expect(trial.cycles > 0 && trial.acquire_histogram.reduce(0) { $0 + $1.count } == trial.cycles)
                    #expect(trial.acquire_us.p50 <= trial.acquire_us.p99 && trial.acquire_us.p99 <= trial.acquire_us.max)
                }
                #expect(try await keys(fleet).isEmpty)

                let early = try program.start(["bench", "--no-quarantine", "--duration", "60s"])
                try await Task.sleep(for: .seconds(1))
                early.signal(SIGTERM)
                let end = await early.end
                #expect(end.status == 128 + SIGTERM && end.output.isEmpty)
                #expect(try await keys(fleet).isEmpty)
            }
        }

        @Test("without a quorum says why, and is no measurement")
        func unreachable() async throws {
            let result = try await Program(nodes: ["redis://127.0.0.1:1"])("bench", "--duration", "200ms")
            #expect(result.status == 69 && result.output.isEmpty)
            #expect(result.errors.contains("no lock was obtained") && result.errors.contains("127.0.0.1:1"), "\(result.errors)")
        }

        @Test("prints a script for each shell, which bash can read")
        func completions() async throws {
            for shell in ["bash", "zsh", "fish"] {
                let result = try await Program()("completions", shell)
                #expect(result.status == 0 && result.output.contains("release") && result.output.contains("watch"))
            }
            // As bash does it when the tab key is pressed.
            func completed(_ words: String...) async throws -> Set<String> {
                let quoted = words.map { "'\($0)'" }
                let script = """
                    source <(\(Program.path) completions bash)
                    COMP_WORDS=(\(quoted.joined(separator: " "))) COMP_CWORD=\(words.count - 1) COMP_LINE='\(words.joined(separator: " "))'
                    COMP_POINT=${#COMP_LINE}
                    _redlock redlock \(quoted[words.count - 1]) \(quoted[words.count - 2])
                    printf '%s\\n' "${COMPREPLY[@]}"
                    """
                let result = try await Program().start(["-c", script], "/bin/bash").end
                #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
                return Set(result.output.split(separator: "\n").map(String.init))
            }
            #expect(try await completed("redlock", "st") == ["status"])
            #expect(try await completed("redlock", "").isSuperset(of: ["inspect", "doctor", "run"]))
            #expect(try await completed("redlock", "status", "--no") == ["--node", "--no-quarantine"])
            #expect(try await completed("redlock", "run", "--on-lost", "") == ["term", "kill", "ignore"])
            #expect(try await Program()("completions", "csh").status == 64)
        }
    }
}
