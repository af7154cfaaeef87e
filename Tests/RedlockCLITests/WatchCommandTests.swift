import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    @Suite("redlock watch", .timeLimit(.minutes(2)))
    struct WatchCommandTests {
        private struct Line: Decodable {
            let event: String
            let resource: String?
            let node: String?
            let held: Int?
            let voting: Int?
        }

        private func lines(_ output: String) throws -> [Line] {
            try output.split(separator: "\n").map { try JSONDecoder().decode(Line.self, from: Data($0.utf8)) }
        }

        @Test("tells as lines which locks there are, and what becomes of them and of the nodes")
        func events() async throws {
            try await withRedisFleet { fleet in
                let program = Program(nodes: fleet.urls)
                for server in fleet.servers {
                    _ = try await server.cli("SET", "app:x", "first-holder-value", "PX", "60000")
                    _ = try await server.cli("SET", "app:setting", "a value that never expires")
                    _ = try await server.cli("SET", "other", "first-holder-value", "PX", "60000")
                    _ = try await server.cli("HSET", "app:hash", "field", "value")
                }
                await fleet[4].kill()
                let log = EventLog()
                defer { log.remove() }
                let watching = try program.start(
                    ["-c", "exec \(Program.path) watch --json --prefix app: --no-quarantine --interval 300ms --count 20 >\(log.path)"],
                    "/bin/sh")
                func wait(_ event: String) async throws {
                    let deadline = ContinuousClock.now + .seconds(20)
                    while !log.lines.contains(where: { $0.contains("\"event\":\"\(event)\"") }), ContinuousClock.now < deadline {
                        try await Task.sleep(for: .milliseconds(20))
                    }
                }
                try await wait("held")
                for server in fleet.servers.prefix(4) { _ = try await server.cli("DEL", "app:x") }
                try await wait("released")
                fleet[3].pause()
                #expect(await watching.end.status == 0)

                let all = try lines(log.lines.joined(separator: "\n"))
                #expect(all.filter { $0.resource != nil }.map { "\($0.resource ?? "") \($0.event)" } == ["x held", "x released"])
                #expect(all.filter { $0.event == "unreachable" }.compactMap(\.node) == [fleet.urls[4], fleet.urls[3]])
                let summaries = all.filter { $0.event == "summary" }
                #expect(summaries.count == 20 && summaries.first?.held == 1 && summaries.first?.voting == 4)
                #expect(summaries.last?.held == 0 && summaries.last?.voting == 3)
            }
        }

        @Test("counts the votes of nodes whose user may take locks and not look at them, and says so")
        func unseen() async throws {
            try await withRedisFleet(3) { fleet in
                for server in fleet.servers {
                    _ = try await server.cli("SET", "x", "first-holder-value", "PX", "60000")
                    _ = try await server.cli(
                        "ACL", "SETUSER", "clients", "on", ">s3cret", "~*", "+get", "+set", "+del", "+pttl", "+pexpire", "+time", "+info",
                        "+@scripting", "+client|setname")
                }
                // Only at one node it may look; to find the keys is not enough.
                _ = try await fleet[1].cli("ACL", "SETUSER", "clients", "+scan")
                _ = try await fleet[2].cli("ACL", "SETUSER", "clients", "+scan", "+getrange")
                let program = Program(nodes: fleet.servers.map { "redis://clients:s3cret@127.0.0.1:\($0.port)" })
                let result = try await program("watch", "--json", "--count", "2", "--interval", "200ms", "--no-quarantine")
                let all = try lines(result.output)
                #expect(all.filter { $0.event == "unseen" }.compactMap(\.node) == [fleet.urls[0], fleet.urls[1]], "\(result)")
                // Two of three could hold it, and do not say.
                #expect(all.last?.voting == 3 && all.last?.held == 0 && !result.output.contains("unfit"), "\(result)")
                #expect(try await program("status", "--no-quarantine").status == 0)
            }
        }

        @Test("on a terminal draws a screen, obeys keys, and leaves the terminal as it was")
        func terminal() async throws {
            try await withRedisFleet(3) { fleet in
                for server in fleet.servers { _ = try await server.cli("SET", "orders/42", "first-holder-value", "PX", "60000") }
                var program = Program(nodes: fleet.urls)
                program.variables = ["TERM": "xterm", "NO_COLOR": "1"]
                // script(1) gives it a terminal; the modes before and after are compared.
                let inner = "stty -g; \(Program.path) watch --no-quarantine --interval 200ms; echo status $?; stty -g"
                let result = try await program.shell(
                    "{ sleep 2; printf s; sleep 0.5; printf q; sleep 0.5; } | script -qec '\(inner)' /dev/null")
                let lines = result.output.split(whereSeparator: \.isNewline).map(String.init)
                #expect(result.output.contains("orders/42") && result.output.contains("sort: name"), "\(result.output)")
                #expect(result.output.contains("status 0"))
                #expect(lines.count > 2 && lines.first == lines.last, "\(lines.first ?? "") \(lines.last ?? "")")
                #expect(!result.output.contains("\u{1B}[31m") && !result.output.contains("\u{1B}[33m"), "NO_COLOR")
                let (entered, left) = (result.output.range(of: "\u{1B}[?1049h"), result.output.range(of: "\u{1B}[?1049l"))
                #expect(entered != nil && left != nil)
            }
        }

        @Test("a reader that goes away ends it silently")
        func closedOutput() async throws {
            try await withRedisFleet(1) { fleet in
                let result = try await Program(nodes: fleet.urls).shell(
                    "{ \(Program.path) watch --json --interval 100ms; echo $? >&2; } | head -n 1 >/dev/null")
                #expect(result.errors == "141\n")
            }
        }
    }
}
