import Foundation
import RedlockServers
import Testing

extension EndToEnd {
    /// Each misconfiguration on a real server that is made wrong in that way.
    @Suite("redlock doctor", .timeLimit(.minutes(3)))
    struct DoctorCommandTests {
        private struct Finding: Decodable, Equatable {
            let check: String
            let level: String
            let nodes: [String]
            let detail: String
            let why: String
            let remedy: String?
        }

        /// The status and what is not ok. Freshly started nodes are not the subject, except where they are.
        private func troubles(_ nodes: [String], _ options: String...) async throws -> (Int32, [Finding]) {
            let quarantine = options.contains("--max-ttl") || options.contains("--no-quarantine") ? [] : ["--max-ttl", "500ms"]
            let result = try await Program(nodes: nodes).start(["doctor", "--json", "--timeout", "2s"] + quarantine + options).end
            let all = try JSONDecoder().decode([Finding].self, from: Data(result.output.utf8))
            #expect(Set(all.map(\.check)).count == 17, "\(all)")
            return (result.status, all.filter { $0.level != "ok" && $0.check != "uptime" && $0.check != "budget" })
        }

        /// Servers that have been up for two seconds, after which a quarantine of some milliseconds is over.
        private func withOldFleet(_ count: Int = 3, _ body: (RedisFleet) async throws -> Void) async throws {
            try await withRedisFleet(count) { fleet in
                try await Task.sleep(for: .seconds(2.2))
                try await body(fleet)
            }
        }

        @Test("healthy; then a replica, eviction, a full memory, leftovers, fsync, one paused, one dead, an HTTP server")
        func fleet() async throws {
            try await withOldFleet(3) { fleet in
                let urls = fleet.urls
                let (healthy, none) = try await troubles(urls, "--strict")
                #expect(healthy == 0 && none.isEmpty, "\(none)")
                // Nothing of the doctor's own is left.
                #expect(try await fleet[0].cli("DBSIZE") == "0")

                _ = try await fleet[0].cli("SET", "locks:old", "x")
                _ = try await fleet[0].cli("SET", "other", "x")
                let (lenient, leftover) = try await troubles(urls, "--prefix", "locks:")
                #expect(lenient == 0)
                #expect(
                    leftover.map(\.check) == ["leftovers"] && leftover[0].detail.contains("1 of 1 keys under the prefix"), "\(leftover)")
                #expect(try await troubles(urls, "--prefix", "locks:", "--strict").0 == 1)
                _ = try await fleet[0].cli("FLUSHALL")

                let (unsafe, volatile) = try await troubles(urls, "--no-quarantine")
                #expect(unsafe == 2 && volatile.map(\.check) == ["persistence"] && volatile[0].nodes == urls, "\(volatile)")
                for server in fleet.servers { _ = try await server.cli("CONFIG", "SET", "appendonly", "yes") }
                let (_, everysec) = try await troubles(urls, "--no-quarantine")
                #expect(everysec.first?.detail.contains("appendfsync everysec") == true, "\(everysec)")
                for server in fleet.servers { _ = try await server.cli("CONFIG", "SET", "appendfsync", "always") }
                #expect(try await troubles(urls, "--no-quarantine").1.isEmpty)

                _ = try await fleet[1].cli("CONFIG", "SET", "maxmemory", "100mb", "maxmemory-policy", "allkeys-lru")
                let (_, evicting) = try await troubles(urls)
                #expect(
                    evicting.map(\.check) == ["memory"] && evicting[0].level == "error" && evicting[0].nodes == [urls[1]], "\(evicting)")
                _ = try await fleet[1].cli("CONFIG", "SET", "maxmemory-policy", "noeviction", "maxmemory", "1")
                let (_, full) = try await troubles(urls)
                #expect(full.contains { $0.check == "memory" && $0.level == "error" } && full.contains { $0.check == "writes" }, "\(full)")
                _ = try await fleet[1].cli("CONFIG", "SET", "maxmemory", "0")

                _ = try await fleet[2].cli("REPLICAOF", "127.0.0.1", "\(fleet[0].port)")
                let (broken, replica) = try await troubles(urls)
                #expect(
                    broken == 2 && replica.contains { $0.check == "role" && $0.level == "error" && $0.nodes == [urls[2]] }, "\(replica)")
                _ = try await fleet[2].cli("REPLICAOF", "NO", "ONE")

                fleet[1].pause()
                await fleet[2].kill()
                let (down, gone) = try await troubles(urls)
                #expect(down == 2 && gone.prefix(2).map(\.check) == ["reachable", "reachable"], "\(gone)")
                #expect(gone.contains { $0.check == "quorum" && $0.level == "error" })
            }
        }

        @Test("one server under two names, and an even number")
        func double() async throws {
            try await withOldFleet(1) { fleet in
                let (status, found) = try await troubles([fleet.urls[0], "redis://localhost:\(fleet[0].port)"])
                #expect(status == 2)
                #expect(
                    found.contains { $0.check == "distinct" && $0.level == "error" } && found.contains { $0.check == "nodes" }, "\(found)")
            }
        }

        @Test("a restart a short time ago")
        func uptime() async throws {
            try await withRedisFleet(3) { fleet in
                let result = try await Program(nodes: fleet.urls)("doctor", "--max-ttl", "60s")
                #expect(result.status == 2)
                #expect(result.output.contains("warning  uptime") && result.output.contains("wait for the quarantine to end"), "\(result)")
                #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
                #expect(!result.output.contains("\u{1B}"))
            }
        }

        @Test("Cluster and Sentinel")
        func kinds() async throws {
            try await withRedisServer(.init(extra: ["cluster-enabled yes"])) { server in
                let (status, found) = try await troubles([server.url])
                #expect(status == 2 && found.map(\.check) == ["nodes", "quorum", "mode", "persistence"], "\(found)")
                #expect(found.contains { $0.check == "mode" && $0.level == "error" && $0.detail.contains("0 of 16384") }, "\(found)")
                // The library takes one that answers for every key, and so it is no error.
                _ = try await server.cli("CLUSTER", "ADDSLOTSRANGE", "0", "16383")
                var (taken, whole) = try await troubles([server.url])
                // It takes writes when it has been up for two seconds.
                for _ in 0..<50 where taken != 0 {
                    try await Task.sleep(for: .milliseconds(100))
                    (taken, whole) = try await troubles([server.url])
                }
                #expect(taken == 0 && whole.contains { $0.check == "mode" && $0.level == "warning" }, "\(whole)")
            }
            let config = FileManager.default.temporaryDirectory.appendingPathComponent("redlock-\(UUID().uuidString).conf")
            defer { try? FileManager.default.removeItem(at: config) }
            // A port that a server of ours has just left, so that it is free.
            let port = try await withRedisServer { $0.port }
            try Data("port \(port)\nbind 127.0.0.1\n".utf8).write(to: config)
            let sentinel = Process()
            sentinel.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            sentinel.arguments = ["redis-server", config.path, "--sentinel"]
            sentinel.standardOutput = FileHandle.nullDevice
            sentinel.standardError = FileHandle.nullDevice
            try sentinel.run()
            // Not SIGTERM, which a child of the test runner can have blocked.
            defer { kill(sentinel.processIdentifier, SIGKILL) }
            var found: [Finding] = []
            for _ in 0..<50 where !found.contains(where: { $0.check == "mode" }) {
                try await Task.sleep(for: .milliseconds(100))
                found = try await troubles(["redis://127.0.0.1:\(port)"]).1
            }
            #expect(found.contains { $0.check == "mode" && $0.level == "error" && $0.detail.contains("Sentinel") }, "\(found)")
            #expect(!found.contains { $0.check == "reachable" || $0.check == "writes" }, "\(found)")
        }

        @Test("rights, and the line that mends them")
        func rights() async throws {
            try await withOldFleet(1) { fleet in
                _ = try await fleet[0].cli("ACL", "SETUSER", "locks", "on", ">s3cret", "~locks:*", "+get", "+set", "+info", "+ping")
                let url = "redis://locks:s3cret@127.0.0.1:\(fleet[0].port)"
                let (status, found) = try await troubles([url], "--prefix", "locks:")
                #expect(status == 2 && !"\(found)".contains("s3cret"))
                let right = try #require(found.first { $0.check == "rights" })
                #expect(right.nodes == ["redis://127.0.0.1:\(fleet[0].port)"])
                // The line works: what it says is done, and nothing is missing any more.
                let line = try #require(right.remedy?.split(separator: "`").first { $0.hasPrefix("ACL SETUSER") })
                let words = line.split(separator: " ").map(String.init)
                #expect(words.contains("~redlock.fence:locks:*") && words.contains("+script|load"))
                #expect(words.contains("~redlock.waiting:locks:*") && words.contains("+zadd"))
                let cli = Process()
                cli.executableURL = URL(fileURLWithPath: "/usr/bin/env")
                cli.arguments = ["redis-cli", "-p", "\(fleet[0].port)"] + words
                cli.standardOutput = FileHandle.nullDevice
                try cli.run()
                cli.waitUntilExit()
                let (mended, rest) = try await troubles([url], "--prefix", "locks:")
                #expect(mended == 0 && rest.map(\.check) == ["nodes", "persistence"], "\(rest)")
                let lock = try await Program(nodes: [url])("run", "x", "--prefix", "locks:", "--no-quarantine", "--", "true")
                #expect(lock.status == 0, "\(lock)")
            }
        }

        @Test("a certificate that ends soon, and one that has ended")
        func tls() async throws {
            let authority = try await CertificateAuthority.make()
            try await withRedisServer(.init(tls: try await authority.certificate(days: 3))) { server in
                let (status, found) = try await troubles([server.url])
                let finding = found.first { $0.check == "tls" }
                #expect(status == 0 && finding?.level == "warning" && finding?.detail.contains("ends in ") == true, "\(found)")
            }
            try await withRedisServer(.init(tls: try await authority.certificate(expired: true))) { server in
                let (status, found) = try await troubles([server.url])
                #expect(status == 2 && found.contains { $0.check == "reachable" && $0.detail.contains("expired") }, "\(found)")
            }
        }

        @Test("a server that speaks HTTP")
        func http() async throws {
            let server = try HTTPServer()
            defer { server.stop() }
            let (status, found) = try await troubles(["redis://127.0.0.1:\(server.port)"])
            #expect(status == 2 && found.first { $0.check == "reachable" }?.remedy?.contains("is not Redis") == true, "\(found)")
        }
    }
}
